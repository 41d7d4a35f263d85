#include "app/live/stats_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "app/run/output_place.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

// By which a file is known as one of statistics.
constexpr std::string_view kFirstWords = R"({"event":")";

// @return none open for standard output.
live::OpenDescriptor opened(const std::string& file) {
  if (file == "-") return live::OpenDescriptor();
  std::error_code ignored;
  // Open to read as well, a named pipe waits for no reader, and outlives each.
  const int flags = fs::is_fifo(file, ignored) ? O_RDWR : O_WRONLY | O_CREAT | O_TRUNC;
  constexpr mode_t kMode = 0666;
  live::OpenDescriptor descriptor(::open(file.c_str(), flags | O_CLOEXEC, kMode));
  if (descriptor.get() >= 0) return descriptor;
  throw Error(ErrorKind::kOutput,
              "cannot write " + file + ": " + std::generic_category().message(errno));
}

}  // namespace

void require_stats_file(const std::string& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return require_output_file(file);
  // Devices and pipes hold nothing that would be lost.
  if (!fs::is_regular_file(file, ignored) || fs::file_size(file, ignored) == 0) return;
  std::ifstream stream(file, std::ios::binary);
  std::array<char, kFirstWords.size()> begin{};
  stream.read(begin.data(), begin.size());
  if (std::string_view(begin.data(), static_cast<std::size_t>(stream.gcount())) == kFirstWords) {
    return;
  }
  throw Error(ErrorKind::kUsage,
              "--stats: " + file + " is there, and holds no statistics that may be replaced");
}

StatsFile::StatsFile(const std::string& name, const live::StopFlag& stop,
                     std::function<void(const Error& why)> on_failure)
    : on_failure_(std::move(on_failure)),
      file_(opened(name)),
      limit_(stop),
      writer_(name == "-" ? STDOUT_FILENO : file_.get(), name == "-" ? "standard output" : name,
              limit_),
      thread_([this] { run(); }) {}

StatsFile::~StatsFile() { end(/*patient=*/false); }

void StatsFile::write(const live::Json& record) {
  std::string line = record.dump(-1, ' ', false, live::Json::error_handler_t::replace);
  line += '\n';
  const std::lock_guard lock(mutex_);
  if (over_) return;
  if (lines_.size() == kMostLines) {
    lines_.pop_front();
    ++dropped_;
  }
  lines_.push_back(std::move(line));
  changed_.notify_all();
}

std::int64_t StatsFile::finish(bool patient) {
  end(patient);
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
  return dropped_;
}

void StatsFile::end(bool patient) {
  if (!patient) limit_.hurry();
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    changed_.notify_all();
  }
  const JoiningThread joined(std::move(thread_));
}

void StatsFile::run() {
  std::exception_ptr failure;
  try {
    write_lines();
  } catch (const Error& error) {
    failure = std::current_exception();
    cut_to_whole_lines();
    on_failure_(error);
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  over_ = true;
  dropped_ += std::ssize(lines_);
  lines_.clear();
}

void StatsFile::write_lines() {
  while (const std::optional<std::string> line = next()) {
    if (!writer_.write(line->data(), line->size())) return;
    whole_bytes_ += static_cast<off_t>(line->size());
  }
}

// Nothing after the last one.
std::optional<std::string> StatsFile::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ends_ || !lines_.empty(); });
  if (lines_.empty()) return std::nullopt;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

// Who reads on expects JSON in the last line, too. Pipes and standard output keep what they have.
void StatsFile::cut_to_whole_lines() const {
  if (file_.get() >= 0) (void)!::ftruncate(file_.get(), whole_bytes_);
}

}  // namespace rollingdepth
