#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file_descriptor.hpp"
#include "jobs/job_identity.hpp"
#include "nn/batch_sizes.hpp"
#include "store/spool.hpp"

namespace rollingdepth {

/// How a job may use the disk.
struct JobPlace {
  std::filesystem::path folder;           ///< `STEM.job` beside the outputs.
  std::filesystem::path spool_root = {};  ///< Where the spool goes; empty: into `folder`.
  std::vector<std::filesystem::path> outputs =
      {};                  ///< Their partial files go when a run takes over.
  bool resume = true;      ///< Go on with an earlier run's job, and leave one behind.
  bool overwrite = false;  ///< Discard a job that cannot be gone on with.
  std::int64_t memory_limit_bytes = SpoolPlace{}.memory_limit_bytes;
};

/// The folder of one input while it is worked on: a lock against other processes, a manifest (what
/// the job is, what is finished) and the spool. It stays behind when a run is stopped, and the next
/// run of the same command goes on with it; with `resume` unset it holds the lock alone. What
/// another command has computed is never removed unless that is asked for, nor where looking at it
/// fails. Names in it never contain "partial". Not thread-safe.
class JobFolder {
 public:
  /// Takes the lock, then goes on with the job that is there, or begins one where none holds
  /// records. With `resume` unset a job of this identity is removed.
  /// @throws Error(kOutput) where another process has the job, where `folder` is something else,
  /// and without `overwrite` where the records are of another identity, damaged, or out of reach.
  JobFolder(JobPlace place, const std::string& input, JobIdentity identity);
  /// Leaves the job as it is, but removes it where this process began it and it holds nothing.
  ~JobFolder();
  JobFolder(const JobFolder&) = delete;
  JobFolder& operator=(const JobFolder&) = delete;

  [[nodiscard]] SpoolPlace spool() const;
  /// Of its records.
  [[nodiscard]] std::uint64_t id() const { return id_; }
  /// Whether there is anything that a later run could go on with; also where that cannot be told.
  [[nodiscard]] bool holds_records() const noexcept;
  [[nodiscard]] const std::filesystem::path& folder() const { return place_.folder; }
  /// Whether this run goes on with what an earlier one began.
  [[nodiscard]] bool goes_on() const { return goes_on_; }
  /// Stages that are finished, in order.
  [[nodiscard]] const std::vector<std::string>& finished() const { return finished_; }
  /// Why an earlier job was discarded, as `overwrite` asks; empty where none was.
  [[nodiscard]] const std::string& why_discarded() const { return why_discarded_; }

  /// Where the spool is, if that is not where `spool_root` asks for; else empty.
  [[nodiscard]] std::filesystem::path spool_kept_in() const;
  /// Whether other processes are kept away: not every file system has locks.
  [[nodiscard]] bool locked() const { return locked_; }

  /// The batch sizes that the job began with; those of a new job are `chosen`, which the manifest
  /// keeps: other batches round differently, and what decides on them may change.
  /// @throws Error(kOutput).
  BatchSizes keep_batch_sizes(BatchSizes chosen);
  /// What was to be said of the clip when it was read, by this run or an earlier one.
  [[nodiscard]] const std::vector<std::string>& remarks() const { return remarks_; }
  /// Notes them in the manifest, unless there are some: a run that goes on reads a part of the clip
  /// again, or nothing.
  /// @throws Error(kOutput).
  void keep_remarks(const std::vector<std::string>& remarks);
  /// Where the shots of the clip begin, as ClipRunOptions; unset until that is noted.
  [[nodiscard]] const std::optional<std::vector<std::int64_t>>& cuts() const { return cuts_; }
  /// Notes them in the manifest. @throws Error(kOutput).
  void keep_cuts(const std::vector<std::int64_t>& cuts);
  /// Notes a finished stage in the manifest. One with a number at its end takes the place of the
  /// one before it: "chunk 3" says that the first three are. @throws Error(kOutput).
  void note_finished(const std::string& stage);
  /// Removes the folder and the spool: the job is done, or cannot be done.
  void remove() noexcept;

  /// Removes what a job of this identity has left behind although it is done. Does nothing while
  /// another process has it.
  static void discard(const JobPlace& place, const std::string& input, const JobIdentity& identity);
  /// Looks at what is there without touching it. @throws Error(kOutput) as the constructor would,
  /// but for the lock.
  static void require_usable(const JobPlace& place, const JobIdentity& identity);
  /// Whether a job of this identity waits in `folder`.
  static bool waits(const std::filesystem::path& folder, const JobIdentity& identity);

 private:
  struct Found;

  void lock();
  void write_owner();
  static Found look(const std::filesystem::path& folder, const JobIdentity& identity);
  static void refuse(const Found& found, const JobPlace& place);
  void take_over();
  void begin();
  void leave() noexcept;
  void note() const;
  void remove_content(const std::filesystem::path& spool) const;

  JobPlace place_;
  std::string input_;
  JobIdentity identity_;
  FileDescriptor lock_;
  std::filesystem::path spool_;
  std::uint64_t id_ = 0;
  std::vector<std::string> finished_;
  std::optional<BatchSizes> batch_;
  std::vector<std::string> remarks_;
  std::optional<std::vector<std::int64_t>> cuts_;
  std::string why_discarded_;
  bool goes_on_ = false;
  bool began_ = false;  // Nothing of another process lies here.
  bool locked_ = false;
  bool removed_ = false;
};

/// Whether it is what a process may still put into the folder of a job that is merged, by its name.
bool is_job_leftover(const std::filesystem::path& entry);

}  // namespace rollingdepth
