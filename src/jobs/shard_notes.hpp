#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "jobs/shard.hpp"

namespace rollingdepth {

/// What a process that does a part of a job says of itself, in `shard-WRITER.json` beside its
/// records. For people: nothing is decided by it.
struct ShardNote {
  std::string writer;      ///< Unique; without '.'.
  std::int64_t index = 0;  ///< Of its shard, from 0.
  std::int64_t count = 1;  ///< Of shards; 0: it does what is left.
  std::string host;
  std::int64_t process = 0;
  std::string compute;     ///< On what: "cpu, kernels avx512, bf16".
  std::string state;       ///< "works", "done", "stopped", or why it failed.
  std::int64_t units = 0;  ///< That it has computed, of the kind that the method counts.
  double seconds = 0;      ///< Since it began with units.
  double age_seconds = 0;  ///< Since it was written; not part of the file.
};

/// A share without a number: whatever nobody else does.
inline const Shard kWhatIsLeft{.index = 0, .count = 0, .source = ""};

/// "shard 3/8"; "what is left" where the count is 0. @param index from 0.
std::string shard_text(std::int64_t index, std::int64_t count);

/// A new note of a process of this shard, or of kWhatIsLeft, with a name:
/// "3of8-HOST-1234-0f3a9c21".
ShardNote new_note(const Shard& shard);

/// Whether a process of this machine was called `writer`, and is no more.
bool has_ended_here(const std::string& writer);

/// Puts the note in the place of its last. @throws Error(kOutput).
void write_note(const std::filesystem::path& job_folder, const ShardNote& note);

/// All notes of a job in the order of shards; those that are damaged are left out.
std::vector<ShardNote> read_notes(const std::filesystem::path& job_folder);

/// Removes all notes.
void remove_notes(const std::filesystem::path& job_folder) noexcept;

}  // namespace rollingdepth
