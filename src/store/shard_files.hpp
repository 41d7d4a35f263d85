#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "store/record_file.hpp"

namespace rollingdepth {

/// "shard-WRITER.NAME.spool": where one of several processes keeps the records of a store, so that
/// no file ever has two writers. Without a writer NAME.spool, of the process that holds the lock.
std::string spool_file_name(const std::string& writer, const std::string& name);

/// What spool_file_name() made a name of; no store where it made none such.
struct SpoolFileName {
  std::string writer = {};
  std::string store = {};
};
SpoolFileName parse_spool_file_name(const std::string& file);

/// What other processes have put into the spool of a job, and still put there. Reads only; few of
/// the files are open at a time, however many there are. Thread-safe.
class ShardFiles {
 public:
  /// @param writer of this process, whose own files are left out. @param job as of RecordFile.
  /// @param between_looks at the folder, for files that were not there before.
  ShardFiles(std::filesystem::path folder, std::string writer, std::uint64_t job,
             std::chrono::milliseconds between_looks = std::chrono::seconds(2));

  /// Whether one of them has the record, as RecordFile::has() tells.
  [[nodiscard]] bool has(const std::string& name, std::size_t record_bytes, std::int64_t index);
  /// Reads the record from one that has it whole. @return false where none has.
  [[nodiscard]] bool read(const std::string& name, std::int64_t index, std::span<std::byte> record);
  /// Whether no other process has left anything, as far as is known.
  [[nodiscard]] bool empty();
  /// The files of a store, as they are now.
  [[nodiscard]] std::vector<std::filesystem::path> files_of(const std::string& name) const;

 private:
  struct Source {
    std::filesystem::path path;
    std::unique_ptr<RecordFile> file = {};  // Null: not open.
    bool gone = false;                      // Or of no use: not opened again.
  };
  // Of one store; the one that had the last record comes first.
  using Sources = std::list<std::unique_ptr<Source>>;

  // REQUIRES: mutex_ is held, for these.
  Sources& sources_of(const std::string& name);
  RecordFile& open(Source& source, std::size_t record_bytes);
  void look();
  // Whether `ask` says yes of one of them.
  bool any(const std::string& name, std::size_t record_bytes,
           const std::function<bool(const RecordFile&)>& ask);

  std::filesystem::path folder_;
  std::string writer_;
  std::uint64_t job_;
  // A folder that many share is not to be listed for every record that is missing.
  std::chrono::milliseconds between_looks_;
  std::size_t most_open_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point looked_;
  std::map<std::string, Sources> stores_;
  std::list<Source*> opened_;  // The last one used comes first.
};

}  // namespace rollingdepth
