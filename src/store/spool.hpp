#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "rollingdepth/error.hpp"
#include "rollingdepth/spool_place.hpp"
#include "store/record_file.hpp"
#include "store/shard_files.hpp"

namespace rollingdepth {

/// What named files of a spool in `folder` take of the disk; nothing where that cannot be told.
/// Opens no file, follows no link.
std::optional<std::int64_t> spooled_bytes(const std::filesystem::path& folder) noexcept;

/// Whether a file of this name holds records of a job.
bool is_spool_file(const std::filesystem::path& file);

/// Thrown where a record is asked for that is missing or damaged: Error(kInput).
class MissingRecord final : public Error {
 public:
  explicit MissingRecord(const std::string& message) : Error(ErrorKind::kInput, message) {}
};

class RecordStore;

/// What outgrows memory during a run: a budget of memory that record stores share, and the folder
/// for the rest. Outlives its stores. Thread-safe.
class Spool {
 public:
  explicit Spool(SpoolPlace place);

  [[nodiscard]] const SpoolPlace& place() const { return place_; }
  /// Stores that are made, removed or looked for from now on have this before their names: parts of
  /// a job, one after another, have stores of their own.
  void begin_names_with(std::string prefix) { prefix_ = std::move(prefix); }
  /// Deletes the files of all stores whose names begin so and that do not exist at the moment, as
  /// remove() does.
  void remove_all(const std::string& prefix);
  /// What all stores will take at most, once it is known: for the error of a disk that is full.
  void expect(std::int64_t bytes) { expected_bytes_ = bytes; }
  /// Looks how much disk the spool takes; the largest figure so far is peak_disk_bytes().
  void note_usage();
  [[nodiscard]] std::int64_t peak_disk_bytes() const;
  /// What this and earlier runs of the job have put into the folder, as far as that can be told; 0
  /// without a job.
  [[nodiscard]] std::int64_t found_bytes() const;
  /// What the files of a job take now. @throws Error(kInput).
  [[nodiscard]] std::int64_t taken_bytes() const;
  /// Whether an earlier run of the job, or another process, has left a store of this name.
  [[nodiscard]] bool has(const std::string& name) const;
  /// Whether other processes have left records, or are at work on them.
  [[nodiscard]] bool has_others() const { return others_ && !others_->empty(); }
  /// Deletes the files of a store that does not exist at the moment, if there are any; all of them,
  /// unless this process is one of several writers.
  void remove(const std::string& name) { remove_stored(prefix_ + name); }
  /// From now on, what an earlier run of the job has left counts only once it was read whole: a
  /// record that was marked as written has turned out to be damaged.
  void distrust() { distrusts_ = true; }
  [[nodiscard]] bool distrusts() const { return distrusts_; }

 private:
  friend class RecordStore;
  // Names of stores are those of files from here on, with the prefix.
  void remove_stored(const std::string& name);
  // REQUIRES: mutex_ is held.
  [[nodiscard]] std::int64_t files_bytes() const;
  [[nodiscard]] std::filesystem::path file_of(const std::string& name) const;
  [[nodiscard]] FileDescriptor open(const std::string& name) const;
  // Of a record that others may have: nothing where there are no others.
  [[nodiscard]] bool others_have(const std::string& name, std::size_t record_bytes,
                                 std::int64_t index) const;
  // Whether `bytes` more still fit into memory; then they are counted.
  [[nodiscard]] bool take_memory(std::int64_t bytes);
  void give_memory_back(std::int64_t bytes);

  SpoolPlace place_;
  std::string prefix_;
  std::unique_ptr<ShardFiles> others_;  // Of a job.
  std::atomic<std::int64_t> memory_bytes_ = 0;
  std::atomic<std::int64_t> expected_bytes_ = 0;
  std::atomic<bool> distrusts_ = false;
  mutable std::mutex mutex_;       // Of what follows; taken before the mutex of a store.
  std::int64_t closed_bytes_ = 0;  // Of the named files that no store has open.
  std::int64_t peak_disk_bytes_ = 0;
  std::set<const RecordStore*> stores_;
};

/// Records of one size under the numbers 0, 1, 2 ..., written and read in any order; in the memory
/// of the spool while they fit, in a file of its own otherwise; what other processes have written
/// to files of theirs is read from there. Thread-safe.
class RecordStore {
 public:
  /// @param name unique among the stores of the spool. @throws Error(kOutput) where the file cannot
  /// be made.
  RecordStore(Spool& spool, const std::string& name, std::size_t record_bytes);
  ~RecordStore();
  RecordStore(const RecordStore&) = delete;
  RecordStore& operator=(const RecordStore&) = delete;

  [[nodiscard]] std::size_t record_bytes() const { return record_bytes_; }
  [[nodiscard]] bool on_disk() const;

  /// @throws Error(kOutput) on a full disk.
  void write(std::int64_t index, std::span<const std::byte> record);
  /// Whether a record is there, without a look at its data: what an earlier run of the job has
  /// written may be damaged. After Spool::distrust() the same as is_whole().
  [[nodiscard]] bool has(std::int64_t index) const;
  /// Whether read() would give the record; reads it unless this object has written or read it.
  [[nodiscard]] bool is_whole(std::int64_t index) const;
  /// Reads into `record`, or returns false where it is missing: never written, released, torn by a
  /// crash or damaged. @throws Error(kInput) when reading fails.
  [[nodiscard]] bool read(std::int64_t index, std::span<std::byte> record) const;
  /// Forgets a record and gives its place back.
  void release(std::int64_t index);

 private:
  friend class Spool;
  [[nodiscard]] std::int64_t disk_bytes() const;
  // REQUIRES: mutex_ is held, for these and what follows.
  [[nodiscard]] bool in_memory(std::int64_t index) const;
  [[nodiscard]] bool was_seen(std::int64_t index) const;
  void note_seen(std::int64_t index, bool seen = true) const;
  [[nodiscard]] bool has_in_file(std::int64_t index) const;
  [[nodiscard]] bool read_file(std::int64_t index, std::span<std::byte> record) const;
  void put(std::int64_t index, std::span<const std::byte> record);
  void move_to_disk();

  Spool& spool_;
  std::string name_;
  std::size_t record_bytes_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<std::byte[]>> memory_;  // Null where a record is missing.
  std::optional<RecordFile> file_;                    // Set: memory_ is empty.
  mutable std::vector<bool> seen_;  // Of records in files: written or read whole by this object.
};

}  // namespace rollingdepth
