#include "store/shard_files.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "shard-";
constexpr std::string_view kExtension = ".spool";
// Of all files that the process may have open, outputs and codecs need some too.
constexpr std::size_t kShareOfOpenFiles = 8;
constexpr std::size_t kMostOpen = 64;
constexpr std::size_t kFewestOpen = 4;

std::size_t most_open() {
  struct rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFewestOpen;
  return std::clamp(static_cast<std::size_t>(limit.rlim_cur) / kShareOfOpenFiles, kFewestOpen,
                    kMostOpen);
}

// The store that a file belongs to; empty where it is of no other process. @param own its writer.
std::string store_of(const std::string& file, const std::string& own) {
  const SpoolFileName name = parse_spool_file_name(file);
  return name.writer == own ? "" : name.store;
}

}  // namespace

SpoolFileName parse_spool_file_name(const std::string& file) {
  if (!std::string_view(file).ends_with(kExtension)) return {};
  const std::string stem = file.substr(0, file.size() - kExtension.size());
  if (!std::string_view(stem).starts_with(kPrefix)) return {.writer = "", .store = stem};
  const std::size_t point = stem.find('.');
  if (point == std::string::npos) return {};
  return {.writer = stem.substr(kPrefix.size(), point - kPrefix.size()),
          .store = stem.substr(point + 1)};
}

std::string spool_file_name(const std::string& writer, const std::string& name) {
  std::string file;
  if (!writer.empty()) file.append(kPrefix).append(writer).append(".");
  return file.append(name).append(kExtension);
}

ShardFiles::ShardFiles(fs::path folder, std::string writer, std::uint64_t job,
                       std::chrono::milliseconds between_looks)
    : folder_(std::move(folder)),
      writer_(std::move(writer)),
      job_(job),
      between_looks_(between_looks),
      most_open_(most_open()) {
  look();
}

void ShardFiles::look() {
  looked_ = std::chrono::steady_clock::now();
  std::error_code failure, ignored;
  fs::directory_iterator entry(folder_, failure);
  for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
    const std::string name = store_of(entry->path().filename().string(), writer_);
    if (name.empty() || !fs::is_regular_file(entry->symlink_status(ignored))) continue;
    Sources& sources = stores_[name];
    const bool known = std::any_of(sources.begin(), sources.end(), [&](const auto& source) {
      return source->path == entry->path();
    });
    if (!known) sources.push_back(std::make_unique<Source>(Source{.path = entry->path()}));
  }
}

ShardFiles::Sources& ShardFiles::sources_of(const std::string& name) {
  if (std::chrono::steady_clock::now() - looked_ >= between_looks_) look();
  return stores_[name];
}

RecordFile& ShardFiles::open(Source& source, std::size_t record_bytes) {
  if (source.file) {
    opened_.splice(opened_.begin(), opened_, std::find(opened_.begin(), opened_.end(), &source));
    return *source.file;
  }
  source.file =
      std::make_unique<RecordFile>(FileDescriptor::open_to_read(source.path), record_bytes, job_);
  opened_.push_front(&source);
  if (opened_.size() > most_open_) {
    opened_.back()->file.reset();
    opened_.pop_back();
  }
  return *source.file;
}

bool ShardFiles::any(const std::string& name, std::size_t record_bytes,
                     const std::function<bool(const RecordFile&)>& ask) {
  const std::lock_guard lock(mutex_);
  Sources& sources = sources_of(name);
  for (auto source = sources.begin(); source != sources.end(); ++source) {
    if ((*source)->gone) continue;
    try {
      if (!ask(open(**source, record_bytes))) continue;
    } catch (const Error&) {
      // Who merges has removed it; anything else is no reason to compute again what is there.
      std::error_code problem;
      if (fs::status((*source)->path, problem).type() != fs::file_type::not_found) throw;
      (*source)->gone = true;
      continue;
    }
    sources.splice(sources.begin(), sources, source);
    return true;
  }
  return false;
}

bool ShardFiles::has(const std::string& name, std::size_t record_bytes, std::int64_t index) {
  return any(name, record_bytes, [&](const RecordFile& file) { return file.has(index); });
}

bool ShardFiles::read(const std::string& name, std::int64_t index, std::span<std::byte> record) {
  return any(name, record.size(), [&](const RecordFile& file) { return file.read(index, record); });
}

bool ShardFiles::empty() {
  const std::lock_guard lock(mutex_);
  return std::all_of(stores_.begin(), stores_.end(),
                     [](const auto& store) { return store.second.empty(); });
}

std::vector<fs::path> ShardFiles::files_of(const std::string& name) const {
  std::vector<fs::path> files;
  std::error_code failure;
  fs::directory_iterator entry(folder_, failure);
  for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
    if (store_of(entry->path().filename().string(), writer_) == name) {
      files.push_back(entry->path());
    }
  }
  return files;
}

}  // namespace rollingdepth
