#include "decode/picture_numbers.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

using Parts = std::vector<std::string>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_number(const std::string& part) { return is_digit(part.front()); }

// "shot", "12", "_v", "2" for shot12_v2.exr.
Parts parts_of(const fs::path& file) {
  Parts parts;
  for (const char c : file.stem().string()) {
    if (parts.empty() || is_number(parts.back()) != is_digit(c)) parts.emplace_back();
    parts.back() += c;
  }
  return parts;
}

// Where the names differ, if they do so in one number alone.
std::optional<std::size_t> running_part(const std::vector<Parts>& names) {
  const Parts& first = names.front();
  std::optional<std::size_t> running;
  for (const Parts& name : names) {
    if (name.size() != first.size()) return std::nullopt;
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (name[i] == first[i]) continue;
      if (!is_number(name[i]) || !is_number(first[i]) || running.value_or(i) != i) {
        return std::nullopt;
      }
      running = i;
    }
  }
  if (running || names.size() > 1) return running;
  if (first.empty() || !is_number(first.back())) return std::nullopt;
  return first.size() - 1;
}

}  // namespace

std::vector<std::string> picture_numbers(const std::vector<fs::path>& files) {
  if (files.empty()) return {};
  std::vector<Parts> names;
  names.reserve(files.size());
  for (const fs::path& file : files) names.push_back(parts_of(file));
  const auto running = running_part(names);
  if (!running) return {};
  std::vector<std::string> numbers;
  numbers.reserve(names.size());
  for (const Parts& name : names) numbers.push_back(name[*running]);
  const std::set<std::string> distinct(numbers.begin(), numbers.end());
  return distinct.size() == numbers.size() ? numbers : std::vector<std::string>{};
}

std::optional<std::string> gap_text(const std::vector<fs::path>& files,
                                    const std::vector<std::string>& numbers) {
  std::vector<std::uint64_t> values;
  for (const std::string& number : numbers) {
    std::uint64_t value = 0;
    const auto [end, problem] =
        std::from_chars(number.data(), number.data() + number.size(), value);
    if (problem != std::errc() || (!values.empty() && value <= values.back())) return std::nullopt;
    values.push_back(value);
  }
  if (values.size() < 2) return std::nullopt;
  std::vector<std::uint64_t> steps;
  for (std::size_t i = 1; i < values.size(); ++i) steps.push_back(values[i] - values[i - 1]);
  const std::uint64_t step = *std::min_element(steps.begin(), steps.end());
  const auto kept = std::count(steps.begin(), steps.end(), step);
  if (2 * static_cast<std::size_t>(kept) < steps.size()) return std::nullopt;
  std::uint64_t missing = 0;
  std::size_t gaps = 0, first_gap = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] / step < 2) continue;
    missing += steps[i] / step - 1;
    if (gaps++ == 0) first_gap = i;
  }
  if (gaps == 0) return std::nullopt;
  return std::to_string(missing) + (missing == 1 ? " picture is" : " pictures are") +
         " missing by number, " +
         (gaps == 1 ? "" : "in " + std::to_string(gaps) + " places, the first ") + "between " +
         files[first_gap].filename().string() + " and " + files[first_gap + 1].filename().string() +
         "; the clip goes on without a pause there";
}

}  // namespace rollingdepth
