#include "log/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <atomic>
#include <mutex>
#include <utility>

// LibTorch brings an fmt of its own, which hides the one that spdlog was built with.
#ifdef C10_API
#error "log/log.cpp must not see LibTorch"
#endif

namespace rollingdepth {
namespace {

constexpr const char* kClearLine = "\r\033[K";
// Time with its zone, level, thread.
constexpr const char* kFilePattern = "[%Y-%m-%d %H:%M:%S.%e %z] [%l] [%t] %v";
constexpr int kForeignLines = 1000;

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kDebug:
      break;
  }
  return spdlog::level::debug;
}

spdlog::details::log_msg message_of(LogLevel level, std::string_view text) {
  return {spdlog::string_view_t(), spdlog_level(level),
          spdlog::string_view_t(text.data(), text.size())};
}

// "Failed flush to file run.log: No space left on device": the reason.
std::string reason_in(const std::string& message) {
  const std::size_t colon = message.rfind(": ");
  return colon == std::string::npos ? message : message.substr(colon + 2);
}

// A stream for people, with a line that is drawn in place.
class StatusSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  StatusSink(std::ostream& stream, bool color) : stream_(stream), color_(color) {}

  void draw(std::string_view line) {
    const std::lock_guard lock(mutex_);
    if (closed_ || !should_log(spdlog::level::info)) return;
    stream_ << kClearLine << line << std::flush;
    drawn_ = true;
  }
  void clear_drawn() {
    const std::lock_guard lock(mutex_);
    clear();
  }
  void close_with(const spdlog::details::log_msg& message) {
    const std::lock_guard lock(mutex_);
    sink_it_(message);
    closed_ = true;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (closed_) return;
    clear();
    if (message.level == spdlog::level::err) begin("error", "31");
    if (message.level == spdlog::level::warn) begin("warning", "33");
    stream_.write(message.payload.data(), static_cast<std::streamsize>(message.payload.size()));
    stream_ << std::endl;
  }
  void flush_() override { stream_.flush(); }

  void begin(const char* word, const char* color) {
    stream_ << "rollingdepth: ";
    if (color_) {
      stream_ << "\033[" << color << 'm' << word << "\033[0m";
    } else {
      stream_ << word;
    }
    stream_ << ": ";
  }
  void clear() {
    if (!drawn_) return;
    stream_ << kClearLine << std::flush;
    drawn_ = false;
  }

  std::ostream& stream_;
  const bool color_;
  bool drawn_ = false;
  bool closed_ = false;
};

}  // namespace

struct Log::Impl {
  Impl(std::ostream& stream, bool color) : status(std::make_shared<StatusSink>(stream, color)) {}

  void show(LogLevel level, std::string_view text) {
    const spdlog::details::log_msg message = message_of(level, text);
    if (status->should_log(message.level)) status->log(message);
  }

  void open(const std::string& name) {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(name, /*truncate=*/true);
    sink->set_formatter(std::make_unique<spdlog::pattern_formatter>(kFilePattern));
    // Not one that spdlog knows by name: nothing here is global.
    file = std::make_shared<spdlog::logger>("", std::move(sink));
    // Lines are few, and the last ones before a crash tell most.
    file->flush_on(spdlog::level::trace);
    file->set_error_handler([this, name](const std::string& why) {
      if (!incomplete.exchange(true)) {
        show(LogLevel::kWarning, "cannot write the log " + name + ": " + reason_in(why) +
                                     "; the run goes on, its log is not whole");
      }
    });
  }

  void record(spdlog::level::level_enum level, std::string_view text) {
    if (!file || closed) return;
    file->log(level, spdlog::string_view_t(text.data(), text.size()));
  }

  std::shared_ptr<StatusSink> status;
  std::shared_ptr<spdlog::logger> file;
  std::atomic<bool> incomplete = false;
  std::atomic<bool> closed = false;
  std::atomic<int> foreign_lines = 0;
};

Log::Log(std::ostream& status, bool color) : impl_(std::make_unique<Impl>(status, color)) {
  set_status_level(LogLevel::kInfo);
}

Log::~Log() { clear_drawn(); }

void Log::set_status_level(LogLevel level) { impl_->status->set_level(spdlog_level(level)); }

void Log::open_file(const std::string& file, LogLevel level,
                    const std::vector<std::string>& first_lines) {
  try {
    impl_->open(file);
    for (const std::string& line : first_lines) record(LogLevel::kInfo, line);
    impl_->file->set_level(spdlog_level(level));
  } catch (const std::exception& error) {
    throw LogFileError(reason_in(error.what()));
  }
}

bool Log::records(LogLevel level) const {
  return impl_->file && impl_->file->should_log(spdlog_level(level));
}

void Log::write(LogLevel level, std::string_view message) {
  show(level, message);
  record(level, message);
}

void Log::show(LogLevel level, std::string_view line) { impl_->show(level, line); }

void Log::record(LogLevel level, std::string_view message) {
  impl_->foreign_lines = 0;
  impl_->record(spdlog_level(level), message);
}

void Log::record_foreign(std::string_view message) {
  const int lines = ++impl_->foreign_lines;
  if (lines <= kForeignLines) impl_->record(spdlog::level::debug, message);
  if (lines == kForeignLines) impl_->record(spdlog::level::debug, "more of this is left out");
}

void Log::draw(std::string_view line) { impl_->status->draw(line); }

void Log::clear_drawn() { impl_->status->clear_drawn(); }

void Log::last_words(std::string_view message) {
  record(LogLevel::kError, message);
  impl_->closed = true;
  impl_->status->close_with(message_of(LogLevel::kError, message));
}

}  // namespace rollingdepth
