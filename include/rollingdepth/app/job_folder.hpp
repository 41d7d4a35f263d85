#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rollingdepth/app/job_identity.hpp"
#include "rollingdepth/base/file_descriptor.hpp"
#include "rollingdepth/infer/batch_sizes.hpp"
#include "rollingdepth/store/spool.hpp"

namespace rollingdepth {

/// How a job may use the disk.
struct JobPlace {
  std::filesystem::path folder;           ///< `STEM.job` beside the outputs.
  std::filesystem::path spool_root = {};  ///< Where the spool goes; empty: into `folder`.
  std::vector<std::filesystem::path> outputs =
      {};              ///< Their partial files go when a run takes over.
  bool resume = true;  ///< Go on with an earlier run's job, and leave one behind.
  std::int64_t memory_limit_bytes = SpoolPlace{}.memory_limit_bytes;
};

/// The folder of one input while it is worked on: a lock against other processes, a manifest (what
/// the job is, what is finished) and the spool. It stays behind when a run is stopped, and the next
/// run of the same command goes on with it; with `resume` unset it holds the lock alone. Names in
/// it never contain "partial". Not thread-safe.
class JobFolder {
 public:
  /// Takes the lock, then goes on with the job that is there if it has this identity; otherwise
  /// removes it and starts anew.
  /// @throws Error(kOutput) where another process has the job, or `folder` is something else.
  JobFolder(JobPlace place, const std::string& input, JobIdentity identity);
  /// Leaves the job as it is, but removes it where it holds nothing yet.
  ~JobFolder();
  JobFolder(const JobFolder&) = delete;
  JobFolder& operator=(const JobFolder&) = delete;

  [[nodiscard]] SpoolPlace spool() const;
  /// Whether there is anything that a later run could go on with.
  [[nodiscard]] bool holds_records() const;
  [[nodiscard]] const std::filesystem::path& folder() const { return place_.folder; }
  /// Whether this run goes on with what an earlier one began.
  [[nodiscard]] bool goes_on() const { return goes_on_; }
  /// Stages that are finished, in order.
  [[nodiscard]] const std::vector<std::string>& finished() const { return finished_; }
  /// Why an earlier job was not gone on with, or empty.
  [[nodiscard]] const std::string& why_anew() const { return why_anew_; }

  /// Where the spool is, if that is not where `spool_root` asks for; else empty.
  [[nodiscard]] std::filesystem::path spool_kept_in() const;
  /// Whether other processes are kept away: not every file system has locks.
  [[nodiscard]] bool locked() const { return locked_; }

  /// The batch sizes that the job began with; those of a new job are `chosen`, which the manifest
  /// keeps: other batches round differently, and what decides on them may change.
  /// @throws Error(kOutput).
  BatchSizes keep_batch_sizes(BatchSizes chosen);
  /// Notes a finished stage in the manifest. @throws Error(kOutput).
  void note_finished(const std::string& stage);
  /// Removes the folder and the spool: the job is done, or cannot be done.
  void remove();

  /// Removes what a job of this identity has left behind although it is done. Does nothing while
  /// another process has it.
  static void discard(const JobPlace& place, const std::string& input, const JobIdentity& identity);
  /// Whether a job of this identity waits in `folder`.
  static bool waits(const std::filesystem::path& folder, const JobIdentity& identity);

 private:
  void lock();
  void take_over();
  void begin();
  void write_manifest() const;
  void remove_content(const std::filesystem::path& spool) const;

  JobPlace place_;
  std::string input_;
  JobIdentity identity_;
  FileDescriptor lock_;
  std::filesystem::path spool_;
  std::uint64_t id_ = 0;
  std::vector<std::string> finished_;
  std::optional<BatchSizes> batch_;
  std::string why_anew_;
  bool goes_on_ = false;
  bool locked_ = false;
  bool removed_ = false;
};

}  // namespace rollingdepth
