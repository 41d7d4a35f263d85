#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "clip_run/tensor_clip.hpp"
#include "clip_share.hpp"
#include "rollingdepth/run.hpp"
#include "stopping_progress.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::testing {

inline constexpr std::uint64_t kShardedJob = 7;

/// A clip of frames in memory whose work is divided, in this process. Methods are made anew for
/// each part, as in processes of their own.
struct ShardedClip {
  std::function<std::unique_ptr<DepthMethod>()> make_method;  ///< Loaded.
  at::Tensor frames;
  BatchSizes batch;
  std::vector<std::int64_t> cuts = {};  ///< As ClipRunOptions.

  /// In one run, at a place of its own.
  [[nodiscard]] at::Tensor plain() const {
    const TemporaryFolder folder;
    return run(folder.path());
  }

  void plan(const std::filesystem::path& folder) const {
    TensorSource source(frames);
    StoppingProgress progress;
    const std::int64_t counted =
        count_frames(source, make_method()->clip_options(), place(folder, ""), progress);
    EXPECT_EQ(counted, frames.size(0));
  }

  /// @param stop_at of the places where it may be stopped; -1: never. @return whether it was done.
  bool work(const std::filesystem::path& folder, std::int64_t index, std::int64_t count,
            const std::string& writer, int stop_at = -1) const {
    const std::unique_ptr<DepthMethod> method = make_method();
    TensorSource source(frames);
    StoppingProgress progress(stop_at);
    ClipShare share;
    share.spool = place(folder, writer);
    share.batch = batch;
    share.cuts = cuts;
    share.workers = std::vector<Worker>(2);
    share.begun = share_of(frames.size(0), index, count);
    share.checks = true;
    try {
      work_on_share(source, *method, share, progress);
    } catch (const Cancelled&) {
      return false;
    }
    return true;
  }

  /// A plain run of the same job: it takes what others have done. @param batches that it did
  /// itself.
  at::Tensor run(const std::filesystem::path& folder, std::int64_t* batches = nullptr) const {
    const std::unique_ptr<DepthMethod> method = make_method();
    TensorSource source(frames);
    RecordingSink sink;
    StoppingProgress progress;
    ClipRunOptions options;
    options.spool = place(folder, "");
    options.batch = batch;
    options.cuts = cuts;
    const ClipRunSummary summary = run_clip(source, *method, {&sink}, nullptr, options, progress);
    if (batches != nullptr) {
      *batches = 0;
      for (const auto& share : summary.shares) *batches += share.batches;
    }
    return at::stack(sink.maps);
  }

  [[nodiscard]] static SpoolPlace place(const std::filesystem::path& folder,
                                        const std::string& writer) {
    return {.folder = folder, .memory_limit_bytes = 0, .job = kShardedJob, .writer = writer};
  }
};

inline std::string writer_of(std::int64_t index) {
  return std::string(1, 'w').append(std::to_string(index));
}

inline std::vector<std::int64_t> shuffled(std::int64_t count, std::mt19937& random) {
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < count; ++i) order.push_back(i);
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

/// Numbers of shards.
using ShardCounts = std::vector<std::int64_t>;

/// @param own batches of a plain run that no share does: of refinement.
inline void expect_the_same_bytes_of_shards(const ShardedClip& clip, const ShardCounts& counts,
                                            std::int64_t own = 0) {
  const at::Tensor expected = clip.plain();
  std::mt19937 random(1);
  for (const std::int64_t count : counts) {
    SCOPED_TRACE(count);
    const TemporaryFolder folder;
    clip.plan(folder.path());
    for (const std::int64_t i : shuffled(count, random)) {
      EXPECT_TRUE(clip.work(folder.path(), i, count, writer_of(i)));
    }
    std::int64_t batches = 0;
    EXPECT_TRUE(at::equal(clip.run(folder.path(), &batches), expected));
    EXPECT_EQ(batches, own) << "all was done";
  }
}

/// Each is stopped at random and run again, by a process of another name.
inline void expect_the_same_bytes_of_stopped_shards(const ShardedClip& clip,
                                                    const ShardCounts& counts) {
  const at::Tensor expected = clip.plain();
  std::mt19937 random(2);
  int stopped = 0;
  for (const std::int64_t count : counts) {
    SCOPED_TRACE(count);
    const TemporaryFolder folder;
    clip.plan(folder.path());
    for (const std::int64_t i : shuffled(count, random)) {
      const std::string name = writer_of(i);
      for (int time = 0; time < 2; ++time) {
        const int stop_at = static_cast<int>(random() % 12);
        if (!clip.work(folder.path(), i, count, name + "-" + std::to_string(time), stop_at))
          ++stopped;
      }
      EXPECT_TRUE(clip.work(folder.path(), i, count, name + "-last"));
    }
    std::int64_t batches = 0;
    EXPECT_TRUE(at::equal(clip.run(folder.path(), &batches), expected));
    EXPECT_EQ(batches, 0) << "all was done";
  }
  EXPECT_GT(stopped, 3);
}

inline std::vector<std::filesystem::path> shard_files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with("shard-")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// A byte in the middle of every record file of shards is turned.
inline void damage_shard_files(const std::filesystem::path& folder) {
  for (const auto& path : shard_files_in(folder)) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 2);
    file.seekg(middle);
    const char byte = static_cast<char>(file.get() ^ 0x55);
    file.seekp(middle);
    file.put(byte);
  }
}

inline void expect_damaged_shards_computed_again(const ShardedClip& clip) {
  const at::Tensor expected = clip.plain();
  const TemporaryFolder folder;
  clip.plan(folder.path());
  for (std::int64_t i = 0; i < 2; ++i) clip.work(folder.path(), i, 2, writer_of(i));
  damage_shard_files(folder.path());
  {
    const TemporaryFolder merged;  // By a run that finds the damage while it merges,
    std::filesystem::copy(folder.path(), merged.path());
    std::int64_t batches = 0;
    EXPECT_TRUE(at::equal(clip.run(merged.path(), &batches), expected));
    EXPECT_GT(batches, 0);
  }
  EXPECT_TRUE(clip.work(folder.path(), 0, 1, "again"));  // or before it.
  EXPECT_TRUE(at::equal(clip.run(folder.path()), expected));
}

inline void expect_two_at_one_shard_do_no_harm(const ShardedClip& clip) {
  const at::Tensor expected = clip.plain();
  const TemporaryFolder folder;
  clip.plan(folder.path());
  std::thread other([&] { EXPECT_TRUE(clip.work(folder.path(), 0, 1, "one")); });
  EXPECT_TRUE(clip.work(folder.path(), 0, 1, "other"));
  other.join();
  EXPECT_TRUE(at::equal(clip.run(folder.path()), expected));
}

}  // namespace rollingdepth::testing
