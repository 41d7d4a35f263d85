#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "decode/video_reader.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

/// A file name around one running number.
struct NumberedName {
  std::string prefix;
  std::string suffix;
  std::size_t min_digits = 0;  ///< Shorter numbers are padded with zeros.

  /// The number in `name`, as printf would have printed it there.
  [[nodiscard]] std::optional<std::uint64_t> number_in(std::string_view name) const {
    if (name.size() <= prefix.size() + suffix.size() || !name.starts_with(prefix) ||
        !name.ends_with(suffix)) {
      return std::nullopt;
    }
    name.remove_prefix(prefix.size());
    name.remove_suffix(suffix.size());
    const bool padded = name.size() > 1 && name.front() == '0';
    if (name.size() < min_digits || (padded && name.size() > min_digits)) return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return number;
  }
};

[[noreturn]] void fail_pattern(const std::string& pattern, const std::string& why) {
  throw Error(ErrorKind::kUsage, "image pattern '" + pattern + "': " + why);
}

// Reads "%d" or "%0Nd" at `at`, just after the percent sign; returns its length.
std::size_t read_number_format(const std::string& pattern, std::string_view text, std::size_t at,
                               std::size_t& min_digits) {
  const std::size_t end = text.find_first_not_of("0123456789", at);
  const std::string_view width = text.substr(at, end == text.npos ? text.npos : end - at);
  const bool well_formed = end != text.npos && text[end] == 'd' &&
                           (width.empty() || (width.size() > 1 && width.front() == '0'));
  if (!well_formed) fail_pattern(pattern, "only %d, %0Nd and %% are understood");
  if (!width.empty()) {
    const auto [last, error] =
        std::from_chars(width.data() + 1, width.data() + width.size(), min_digits);
    if (error != std::errc() || min_digits > 18) fail_pattern(pattern, "the number is too wide");
  }
  return width.size() + 1;
}

NumberedName parse_name(const std::string& pattern, std::string_view text) {
  NumberedName name;
  bool numbered = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& part = numbered ? name.suffix : name.prefix;
    if (text[i] != '%') {
      part += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '%') {
      part += '%';
      ++i;
    } else {
      if (numbered) fail_pattern(pattern, "more than one %d");
      i += read_number_format(pattern, text, i + 1, name.min_digits);
      numbered = true;
    }
  }
  if (!numbered) fail_pattern(pattern, "no %d in the file name");
  return name;
}

}  // namespace

std::vector<fs::path> expand_image_pattern(const std::string& pattern) {
  const fs::path path(pattern);
  const NumberedName name = parse_name(pattern, path.filename().string());
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::vector<std::pair<std::uint64_t, fs::path>> matches;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string file_name = entry->path().filename().string();
    if (const auto number = name.number_in(file_name)) {
      matches.emplace_back(*number, path.has_parent_path() ? entry->path() : fs::path(file_name));
    }
  }
  if (error) {
    throw Error(ErrorKind::kInput,
                "cannot list folder " + folder.string() + ": " + error.message());
  }
  if (matches.empty()) throw Error(ErrorKind::kInput, "no file matches " + pattern);
  std::sort(matches.begin(), matches.end());
  std::vector<fs::path> files;
  for (auto& match : matches) files.push_back(std::move(match.second));
  return files;
}

}  // namespace rollingdepth
