#include "base/control_groups.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/words.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

enum class Version { k1, k2 };

/// A place where a hierarchy of groups can be read: the group `root` and those below lie at
/// `place`.
struct GroupMount {
  Version version = Version::k2;
  std::string root;
  std::string place;
};

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The words of a file of one line; none where it is missing.
std::vector<std::string> words_in(const fs::path& file) {
  const std::vector<std::string> lines = lines_of(file);
  return lines.size() == 1 ? words_of(lines.front()) : std::vector<std::string>{};
}

/// Whether a list with commas, "cpu,cpuacct", has this word.
bool lists(const std::string& list, std::string_view wanted) {
  std::istringstream stream(list);
  for (std::string word; std::getline(stream, word, ',');) {
    if (word == wanted) return true;
  }
  return false;
}

// Blanks in mountinfo are written \040, other special characters alike.
std::string unescaped(const std::string& text) {
  const auto is_octal = [](char digit) { return digit >= '0' && digit <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() &&
        std::all_of(text.begin() + i + 1, text.begin() + i + 4, is_octal)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

/// "36 31 0:33 ROOT PLACE rw,relatime shared:1 - cgroup SOURCE rw,cpu,cpuacct": the optional
/// fields before the dash are of any number.
std::optional<GroupMount> group_mount(const std::string& line, std::string_view controller) {
  const std::vector<std::string> words = words_of(line);
  const auto dash = std::find(words.begin(), words.end(), "-");
  if (dash - words.begin() < 6 || words.end() - dash < 4) return std::nullopt;
  GroupMount mount{.root = unescaped(words[3]), .place = unescaped(words[4])};
  if (dash[1] == "cgroup2") return mount;
  mount.version = Version::k1;
  if (dash[1] == "cgroup" && lists(dash[3], controller)) return mount;
  return std::nullopt;
}

/// The group of this process in the hierarchy of a controller: "4:cpu,cpuacct:/a/b" in version 1,
/// "0::/a/b" in version 2.
std::optional<std::string> own_group(const std::vector<std::string>& lines, Version version,
                                     std::string_view controller) {
  for (const std::string& line : lines) {
    const std::size_t first = line.find(':');
    if (first == std::string::npos) continue;
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (version == Version::k2 ? line.substr(0, first) == "0" && controllers.empty()
                               : lists(controllers, controller)) {
      return line.substr(second + 1);
    }
  }
  return std::nullopt;
}

/// `group` as seen from the mount, a relative path; empty for the mount's own root. In a container
/// the group may be named as the host sees it, or lie outside what is mounted ("/../x"): then the
/// mount's root is the container's group, or the nearest to it that can be seen.
fs::path below_mount(const std::string& group, const std::string& root) {
  const std::string prefix = root == "/" ? "/" : root + "/";
  if (!group.starts_with(prefix) || group.starts_with("/../")) return {};
  return fs::path(group.substr(prefix.size())).relative_path();
}

std::optional<std::int64_t> positive(const std::string& word) {
  std::int64_t number = 0;
  const char* const end = word.data() + word.size();
  const auto [rest, problem] = std::from_chars(word.data(), end, number);
  if (problem != std::errc() || rest != end || number <= 0) return std::nullopt;
  return number;
}

/// What one group allows, without those above it.
std::optional<double> quota_of(const fs::path& folder, Version version) {
  std::vector<std::string> words;  // Microseconds of CPU time, and of the period they are for.
  if (version == Version::k2) {
    words = words_in(folder / "cpu.max");
  } else {
    for (const char* const file : {"cpu.cfs_quota_us", "cpu.cfs_period_us"}) {
      const std::vector<std::string> found = words_in(folder / file);
      words.insert(words.end(), found.begin(), found.end());
    }
  }
  if (words.size() != 2) return std::nullopt;
  const std::optional<std::int64_t> time = positive(words[0]);  // Not "max", not -1.
  const std::optional<std::int64_t> period = positive(words[1]);
  if (!time || !period) return std::nullopt;
  return static_cast<double>(*time) / static_cast<double>(*period);
}

/// What one group has left of its own limit. Version 1 has a number without meaning for "no limit",
/// which no machine has.
std::optional<std::int64_t> memory_left_in(const fs::path& folder, Version version) {
  const bool unified = version == Version::k2;
  const auto number = [&](const char* file) -> std::optional<std::int64_t> {
    const std::vector<std::string> words = words_in(folder / file);
    return words.size() == 1 ? positive(words[0]) : std::nullopt;
  };
  const auto limit = number(unified ? "memory.max" : "memory.limit_in_bytes");
  const auto used = number(unified ? "memory.current" : "memory.usage_in_bytes");
  if (!limit || !used) return std::nullopt;
  std::int64_t reclaimable = 0;
  for (const std::string& line : lines_of(folder / "memory.stat")) {
    const std::vector<std::string> words = words_of(line);
    const bool wanted =
        words.size() == 2 && words[0] == (unified ? "inactive_file" : "total_inactive_file");
    if (wanted) reclaimable = positive(words[1]).value_or(0);
  }
  return std::max<std::int64_t>(0, *limit - std::max<std::int64_t>(0, *used - reclaimable));
}

/// Calls `visit` with the folders of the controller's groups: the process's own and those above.
void for_own_groups(const fs::path& root, std::string_view controller,
                    const std::function<void(const fs::path& folder, Version version)>& visit) {
  const std::vector<std::string> groups = lines_of(root / "proc/self/cgroup");
  for (const std::string& line : lines_of(root / "proc/self/mountinfo")) {
    const std::optional<GroupMount> mount = group_mount(line, controller);
    if (!mount) continue;
    const std::optional<std::string> group = own_group(groups, mount->version, controller);
    if (!group) continue;
    const fs::path top = root / fs::path(mount->place).relative_path();
    // Upwards from the group. One that is not there, as the container does not see it, has no say.
    for (fs::path below = below_mount(*group, mount->root);; below = below.parent_path()) {
      visit(top / below, mount->version);
      if (below.empty()) break;
    }
  }
}

}  // namespace

std::optional<double> cpu_quota(const fs::path& root) {
  std::optional<double> smallest;
  for_own_groups(root, "cpu", [&](const fs::path& folder, Version version) {
    const std::optional<double> quota = quota_of(folder, version);
    if (quota && (!smallest || *quota < *smallest)) smallest = quota;
  });
  return smallest;
}

std::optional<std::int64_t> memory_left_bytes(const fs::path& root) {
  std::optional<std::int64_t> smallest;
  for_own_groups(root, "memory", [&](const fs::path& folder, Version version) {
    const std::optional<std::int64_t> left = memory_left_in(folder, version);
    if (left && (!smallest || *left < *smallest)) smallest = left;
  });
  return smallest;
}

}  // namespace rollingdepth
