#include "jobs/shard_notes.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <random>
#include <system_error>
#include <tuple>

#include "base/formatted.hpp"
#include "base/json_reader.hpp"
#include "jobs/folder_entries.hpp"
#include "jobs/sealed_json.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "shard-";
constexpr int kFormat = 1;

bool is_note(const fs::path& file) {
  return file.filename().string().starts_with(kPrefix) && file.extension() == ".json";
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

// As part of a file's name; '.' ends the writer there.
std::string plain(std::string name) {
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; }, '-');
  return name.substr(0, 40);
}

// The middle of a writer's name.
std::string owner_text(std::int64_t process) {
  return "-" + plain(host_name()) + "-" + std::to_string(process) + "-";
}

std::vector<fs::path> note_files(const fs::path& job_folder) {
  std::error_code ignored;
  std::vector<fs::path> files = entries_of(job_folder, ignored);
  std::erase_if(files, [](const fs::path& file) { return !is_note(file); });
  return files;
}

ShardNote note_of(const Settings& json, const fs::path& file) {
  ShardNote note{.writer = json.at("writer").get<std::string>(),
                 .index = json_value<std::int32_t>(json.at("shard")) - std::int64_t{1},
                 .count = json_value<std::int64_t>(json.at("shards")),
                 .host = json.at("host").get<std::string>(),
                 .process = json_value<std::int64_t>(json.at("process")),
                 .compute = json.at("compute").get<std::string>(),
                 .state = json.at("state").get<std::string>(),
                 .units = json_value<std::int64_t>(json.at("units")),
                 .seconds = json.at("seconds").get<double>(),
                 .age_seconds = 0};
  std::error_code problem;
  const auto written = fs::last_write_time(file, problem);
  if (!problem) {
    note.age_seconds =
        std::chrono::duration<double>(fs::file_time_type::clock::now() - written).count();
  }
  return note;
}

}  // namespace

std::string shard_text(std::int64_t index, std::int64_t count) {
  if (count == 0) return "what is left";
  return "shard " + std::to_string(index + 1) + "/" + std::to_string(count);
}

ShardNote new_note(const Shard& shard) {
  ShardNote note;
  note.index = shard.index;
  note.count = shard.count;
  note.host = host_name();
  note.process = ::getpid();
  note.state = "works";
  std::random_device random;
  note.writer =
      (shard.count == 0 ? "left"
                        : std::to_string(shard.index + 1) + "of" + std::to_string(shard.count)) +
      owner_text(note.process) + formatted("%08x", random());
  return note;
}

bool has_ended_here(const std::string& writer) {
  const std::size_t end = writer.rfind('-');
  const std::size_t begin = end == std::string::npos ? end : writer.rfind('-', end - 1);
  if (begin == std::string::npos) return false;
  const std::string number = writer.substr(begin + 1, end - begin - 1);
  if (number.empty() || number.size() > 9 ||
      number.find_first_not_of("0123456789") != std::string::npos) {
    return false;
  }
  const int process = std::stoi(number);
  if (writer.find(owner_text(process)) == std::string::npos) return false;
  return ::kill(process, 0) != 0 && errno == ESRCH;
}

void write_note(const fs::path& job_folder, const ShardNote& note) {
  write_sealed(job_folder, kPrefix + note.writer + ".json",
               {{"format", kFormat},
                {"writer", note.writer},
                {"shard", note.index + 1},
                {"shards", note.count},
                {"host", note.host},
                {"process", note.process},
                {"compute", note.compute},
                {"state", note.state},
                {"units", note.units},
                {"seconds", note.seconds}});
}

std::vector<ShardNote> read_notes(const fs::path& job_folder) {
  std::vector<ShardNote> notes;
  for (const fs::path& file : note_files(job_folder)) {
    try {
      const auto json = read_sealed(job_folder, file.filename().string(), kFormat);
      if (json) notes.push_back(note_of(*json, file));
    } catch (const std::exception&) {  // It is for people.
    }
  }
  std::sort(notes.begin(), notes.end(), [](const ShardNote& one, const ShardNote& other) {
    return std::tie(one.count, one.index, one.writer) <
           std::tie(other.count, other.index, other.writer);
  });
  return notes;
}

void remove_notes(const fs::path& job_folder) noexcept try {
  std::error_code ignored;
  for (const fs::path& file : note_files(job_folder)) fs::remove(file, ignored);
} catch (const std::exception&) {  // Memory for a path.
}

}  // namespace rollingdepth
