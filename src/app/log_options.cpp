#include "app/log_options.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "app/listings.hpp"
#include "app/option_table.hpp"
#include "base/allowed_cpus.hpp"
#include "base/printable.hpp"
#include "base/versions.hpp"
#include "decode/video_reader.hpp"
#include "live/source_kind.hpp"
#include "media/library_messages.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<const char*, LogLevel>, 4> kLevels = {
    {{"error", LogLevel::kError},
     {"warning", LogLevel::kWarning},
     {"info", LogLevel::kInfo},
     {"debug", LogLevel::kDebug}}};

// By which a file is known as a log that may be replaced.
constexpr const char* kFirstWords = "] log of rollingdepth ";

// What changes a run and is no option.
constexpr std::array<const char*, 7> kVariables = {
    "ROLLINGDEPTH_MODELS", "OMP_NUM_THREADS",      "OMP_WAIT_POLICY", "GOMP_SPINCOUNT",
    "KMP_BLOCKTIME",       "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH"};

LogLevel parse_level(const std::string& word) {
  std::string names;
  for (const auto& [name, level] : kLevels) {
    if (word == name) return level;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  throw Error(ErrorKind::kUsage, "--log-level: '" + word + "' is none of " + names);
}

std::string level_name(LogLevel level) {
  return std::find_if(kLevels.begin(), kLevels.end(),
                      [level](const auto& known) { return known.second == level; })
      ->first;
}

/// As a shell takes it.
std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c >= 0x80 ||
           std::string_view("-_./:=,+%@").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string system_text() {
  struct utsname names = {};
  uname(&names);
  return std::string(names.sysname) + " " + names.release + " " + names.machine + ", " +
         allowed_cpus().text();
}

/// Without what may be a password: of "--input=srt://user:word@host/a?passphrase=b" it leaves
/// "--input=srt://host/a?...".
std::string without_secrets(const std::string& word) {
  const std::size_t slashes = word.find("://");
  if (slashes == std::string::npos) return word;
  const std::size_t equals = word.rfind('=', slashes);
  const std::size_t begin = equals == std::string::npos ? 0 : equals + 1;
  const std::string name = live::public_name(word.substr(begin));
  return word.substr(0, begin) + name + (word.find('?', begin) == std::string::npos ? "" : "?...");
}

std::string in_a_line(std::string text, const std::vector<std::string>& words) {
  for (const std::string& word : words) text.append(" ").append(quoted(without_secrets(word)));
  return text;
}

std::vector<std::string> first_lines(const std::vector<std::string>& arguments,
                                     const std::vector<std::string>& options,
                                     const std::string& commit) {
  std::error_code ignored;
  std::vector<std::string> lines = {
      "log of rollingdepth " + version_with(commit),
      in_a_line("command: rollingdepth", arguments),
      in_a_line("options:", options),
      "folder: " + fs::current_path(ignored).string(),
      "libraries: LibTorch " + torch_version() + ", FFmpeg " + libav_version() + ", OpenCV " +
          opencv_version(),
      "system: " + system_text(),
  };
  for (const char* name : kVariables) {
    const char* const value = std::getenv(name);
    if (value != nullptr) lines.push_back(std::string("environment: ") + name + "=" + value);
  }
  for (std::string& line : lines) line = printable(line);
  return lines;
}

/// Whatever else a file holds would be lost. Devices and pipes hold nothing.
void require_replaceable(const fs::path& file) {
  std::error_code ignored;
  const fs::file_status there = fs::status(file, ignored);
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::kUsage, "--log-file: " + file.string() + " " + why);
  };
  if (!file.has_filename() || fs::is_directory(there)) refuse("is a folder, not a file to write");
  if (!fs::is_regular_file(there) || fs::file_size(file, ignored) == 0) return;
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 256> begin{};
  stream.read(begin.data(), begin.size());
  const std::string_view text(begin.data(), static_cast<std::size_t>(stream.gcount()));
  if (text.substr(0, text.find('\n')).find(kFirstWords) == std::string_view::npos) {
    refuse("is there, and is no log that may be replaced");
  }
}

}  // namespace

void LogOptions::validate() const {
  if (level && file.empty()) throw Error(ErrorKind::kUsage, "--log-level: needs --log-file");
}

void add_log_options(OptionTable& table, LogOptions& options) {
  table.path("--log-file", "FILE",
             "What is done and found, with times, to attach to a bug report; replaces an older log",
             "", [&options](fs::path path) { options.file = std::move(path); });
  table.one("--log-level", "NAME", "How much of it: error, warning, info or debug", "debug",
            [&options](const std::string& word) { options.level = parse_level(word); });
  table.keep_words(options.words);
}

std::vector<std::string> log_arguments(const LogOptions& options, const fs::path& file) {
  return {"--log-file", file.string(), "--log-level",
          level_name(options.level.value_or(LogLevel::kDebug))};
}

void begin_log(const LogOptions& options, const std::vector<std::string>& arguments,
               const std::string& commit, Console& console) {
  if (options.file.empty()) {
    listen_to_libraries({});
    return;
  }
  require_replaceable(options.file);
  const std::shared_ptr<Log> log = console.log();
  try {
    log->open_file(options.file.string(), options.level.value_or(LogLevel::kDebug),
                   first_lines(arguments, options.words, commit));
  } catch (const LogFileError& error) {
    throw Error(ErrorKind::kOutput, "cannot write " + options.file.string() + ": " + error.what());
  }
  listen_to_libraries(log->records(LogLevel::kDebug)
                          ? [log](const std::string& line) { log->record_foreign(printable(line)); }
                          : LibraryListener());
}

}  // namespace rollingdepth
