#include "app/option_sources.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include "app/option_words.hpp"
#include "base/leading_number.hpp"
#include "base/suggestion.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kPrefix = "ROLLINGDEPTH_";
// Commands with options of their own.
constexpr std::array<std::string_view, 12> kSections = {"align",  "bench",  "compare", "import",
                                                        "live",   "merge",  "models",  "points",
                                                        "scenes", "status", "track",   "work"};

std::string without_dashes(const std::string& name) {
  return name.substr(name.find_first_not_of('-'));
}

std::vector<CLI::ConfigItem> items_of(std::istream& stream) {
  return CLI::ConfigTOML().from_config(stream);
}

/// CLI11 ends a line at a #, inside quotes too.
bool is_cut(const std::string& word) {
  if (word.empty() || (word.front() != '"' && word.front() != '\'')) return false;
  return word.size() < 2 || word.back() != word.front();
}

/// Whether TOML knows the word as it is.
bool is_plain(const std::string& word) {
  if (word == "true" || word == "false") return true;
  const auto number = leading_number(word, /*exponents=*/false);
  return number && number->length == word.size();
}

std::string toml_value(const std::string& word) {
  if (is_plain(word)) return word;
  const char quote = word.find('"') == std::string::npos ? '"' : '\'';
  return quote + word + quote;
}

}  // namespace

OptionSources OptionSources::environment() {
  return OptionSources([](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
}

std::string variable_of(const std::string& name) {
  std::string variable = without_dashes(name);
  std::transform(variable.begin(), variable.end(), variable.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  return kPrefix + variable;
}

std::optional<SourcedWords> OptionSources::variable(const std::string& name, bool is_list) const {
  if (!variables_) return std::nullopt;
  const std::string variable = variable_of(name);
  const auto value = variables_(variable);
  if (!value || value->empty()) return std::nullopt;
  SourcedWords found{.origin = variable, .words = {*value}};
  if (is_list) {
    found.words = with_context(ErrorKind::kUsage, variable, [&] { return split_words(*value); });
  }
  return found;
}

void OptionFile::require_known_section(const std::vector<std::string>& parents) const {
  const std::string name = joined(parents, ".");
  const bool known = std::find(kSections.begin(), kSections.end(), name) != kSections.end();
  if (parents.empty() || known) return;
  throw Error(ErrorKind::kUsage, file_.string() + ": unknown section '[" + name +
                                     "]' (options of a run stand before all sections)");
}

OptionFile::OptionFile(std::filesystem::path file, const std::string& command)
    : file_(std::move(file)) {
  std::ifstream stream(file_);
  if (!stream || std::filesystem::is_directory(file_)) {
    throw Error(ErrorKind::kUsage, "--config: cannot read '" + file_.string() + "'");
  }
  const std::vector<std::string> section =
      command.empty() ? std::vector<std::string>{} : std::vector<std::string>{command};
  for (CLI::ConfigItem& item : items_of(stream)) {
    if (item.name == "++" || item.name == "--") continue;
    if (item.parents != section) {
      require_known_section(item.parents);
      continue;
    }
    for (const std::string& word : item.inputs) {
      if (is_cut(word)) {
        throw Error(ErrorKind::kUsage,
                    origin_of(item.name) + ": a quote is not closed (a # ends a line)");
      }
    }
    words_[item.name] = std::move(item.inputs);
  }
}

std::string OptionFile::origin_of(const std::string& key) const {
  return file_.string() + ": " + key;
}

std::optional<SourcedWords> OptionFile::take(const std::string& name) {
  const auto found = words_.find(without_dashes(name));
  if (found == words_.end()) return std::nullopt;
  SourcedWords words{.origin = origin_of(found->first), .words = std::move(found->second)};
  words_.erase(found);
  return words;
}

void OptionFile::require_all_taken(const std::vector<std::string>& long_names) const {
  if (words_.empty()) return;
  const std::string& key = words_.begin()->first;
  std::vector<std::string> known;
  for (const std::string& name : long_names) known.push_back(without_dashes(name));
  throw Error(ErrorKind::kUsage,
              file_.string() + ": unknown option '" + key + "'" + did_you_mean(key, known));
}

std::string option_line(const std::string& name, const std::vector<std::string>& words,
                        bool is_list) {
  std::string value;
  for (const std::string& word : words) value += (value.empty() ? "" : ", ") + toml_value(word);
  if (is_list) value = "[" + value + "]";
  std::string line = without_dashes(name) + " = " + value;
  std::istringstream stream(line);
  const std::vector<CLI::ConfigItem> items = items_of(stream);
  if (items.size() != 1 || items.front().inputs != words) {
    throw Error(ErrorKind::kUsage,
                name + ": a file of options cannot hold '" + joined(words, " ") + "'");
  }
  return line;
}

}  // namespace rollingdepth
