#include "app/option_table.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>
#include <sstream>
#include <utility>

#include "base/suggestion.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::size_t kHelpWidth = 100;
constexpr std::size_t kNameColumn = 36;
constexpr int kManyWords = 1 << 20;

/// "--res" out of "--res,--processing-resolution": the first long name, for messages.
std::string first_long_name(const std::string& names) {
  const std::size_t start = names.find("--");
  return names.substr(start, names.find(',', start) - start);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool parse_boolean(const std::string& option, std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  // CLI11 hands an empty word to an option that stands alone.
  if (text.empty() || text == "true" || text == "on" || text == "yes" || text == "1") return true;
  if (text == "false" || text == "off" || text == "no" || text == "0") return false;
  throw Error(ErrorKind::kUsage, option + ": '" + text + "' is neither true nor false");
}

/// CLI11 reads [a,b] as a list; here it can only be a path.
std::string one_word(const std::string& word) {
  return word.starts_with('[') && word.ends_with(']') ? "./" + word : word;
}

bool is_list(const CLI::Option& option) { return option.get_expected_max() > 1; }

/// Its words, true for one that stands alone.
std::vector<std::string> words_of(const CLI::Option& option) {
  std::vector<std::string> words = option.results();
  const bool stands_alone = option.get_expected_min() == 0;
  for (std::string& word : words) {
    if (stands_alone && word.empty()) word = "true";
  }
  if (!is_list(option) && words.size() > 1) words.erase(words.begin(), words.end() - 1);
  return words;
}

/// Breaks `text` at blanks so that no line is longer than `width`.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  for (const std::string& word : split(text, ' ')) {
    std::string& line = lines.back();
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      lines.push_back(word);
    } else {
      line += (line.empty() ? "" : " ") + word;
    }
  }
  return lines;
}

/// Two columns.
class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) {}

  std::string make_usage(const CLI::App*, std::string) const override {
    return "\nUsage: " + usage_ + "\n\n";
  }

  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    std::string out = group + ":\n";
    for (const CLI::Option* option : options) out += make_option(option, is_positional);
    return out;
  }

  std::string make_option(const CLI::Option* option, bool) const override {
    std::string names;
    for (const std::string& name : split(option->get_name(false, true), ',')) {
      names += (names.empty() ? "" : ", ") + name;
    }
    // Long-only options line up with those that have a short name.
    std::string left = (names.starts_with("--") ? "      " : "  ") + names;
    if (!option->get_type_name().empty()) left += " " + option->get_type_name();

    std::string text = option->get_description();
    if (!option->get_default_str().empty()) text += " [" + option->get_default_str() + "]";
    const std::vector<std::string> lines = wrapped(text, kHelpWidth - kNameColumn);

    std::string out;
    std::size_t next = 0;
    if (left.size() + 2 <= kNameColumn) {
      out = left + std::string(kNameColumn - left.size(), ' ') + lines[0] + "\n";
      next = 1;
    } else {
      for (const std::string& line : wrapped(left.substr(2), kHelpWidth - 6)) {
        out += (out.empty() ? left.substr(0, left.find('-')) : "        ") +
               line.substr(line.find_first_not_of(' ')) + "\n";
      }
    }
    for (; next < lines.size(); ++next) out += std::string(kNameColumn, ' ') + lines[next] + "\n";
    return out;
  }

  std::string make_footer(const CLI::App* app) const override { return app->get_footer() + "\n"; }

 private:
  std::string usage_;
};

}  // namespace

OptionTable::OptionTable(HelpTexts texts)
    : app_(std::make_unique<CLI::App>(std::move(texts.description))),
      command_(std::move(texts.command)) {
  app_->formatter(std::make_shared<HelpFormatter>(std::move(texts.usage)));
  app_->footer(std::move(texts.footer));
  app_->allow_extras();
  app_->set_help_flag();  // Declared by parse(), so that it stands in the last group.
}

OptionTable::~OptionTable() = default;

bool OptionTable::given(const std::string& name) const {
  return app_->get_option(name)->count() > 0;
}

std::vector<std::string> OptionTable::given() const {
  std::vector<std::string> names;
  for (const std::string& name : long_names_) {
    if (given(name)) names.push_back(name);
  }
  return names;
}

CLI::Option* OptionTable::add(const std::string& names, const std::string& value,
                              const std::string& description, const std::string& shown_default,
                              Reader read) {
  for (const std::string& name : split(names, ',')) {
    if (name.starts_with("--")) long_names_.push_back(name);
  }
  CLI::Option* option = app_->add_option(
      names,
      [read = std::move(read)](const CLI::results_t& words) {
        read(words);
        return true;
      },
      description);
  option->group(heading_)->type_name(value)->default_str(shown_default);
  return option;
}

void OptionTable::one(const std::string& names, const std::string& value,
                      const std::string& description, const std::string& shown_default,
                      std::function<void(const std::string&)> read) {
  add(names, value, description, shown_default, [read = std::move(read)](const auto& words) {
    read(words.back());
  })->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void OptionTable::once(const std::string& names, const std::string& value,
                       const std::string& description, const std::string& shown_default,
                       std::function<void(const std::string&)> read) {
  add(names, value, description, shown_default,
      [read = std::move(read), option = first_long_name(names)](const auto& words) {
        if (words.size() > 1) {
          throw Error(ErrorKind::kUsage, option + ": one at a time, not also '" + words[1] + "'");
        }
        read(words.front());
      })
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void OptionTable::many(const std::string& names, const std::string& value,
                       const std::string& description, const std::string& shown_default,
                       Reader read) {
  add(names, value + "...", description, shown_default, std::move(read))
      ->expected(1, kManyWords)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void OptionTable::number(const std::string& names, std::int64_t& field,
                         const std::string& description) {
  one(names, "N", description, std::to_string(field),
      [&field, option = first_long_name(names)](const std::string& word) {
        field = parse_whole_number(option, word);
      });
}

void OptionTable::number(const std::string& names, int& field, const std::string& description) {
  one(names, "N", description, std::to_string(field),
      [&field, option = first_long_name(names)](const std::string& word) {
        const std::int64_t number = parse_whole_number(option, word);
        if (number > std::numeric_limits<int>::max() || number < std::numeric_limits<int>::min()) {
          throw Error(ErrorKind::kUsage, option + ": " + word + " is too large");
        }
        field = static_cast<int>(number);
      });
}

void OptionTable::number(const std::string& names, std::optional<std::int64_t>& field,
                         const std::string& description, const std::string& shown_default) {
  one(names, "N", description, shown_default,
      [&field, option = first_long_name(names)](const std::string& word) {
        field = parse_whole_number(option, word);
      });
}

void OptionTable::threads(int& field) {
  one("--threads", "N", "CPU threads; 0: one per core that may be used", std::to_string(field),
      [&field](const std::string& word) {
        const std::int64_t number = parse_whole_number("--threads", word);
        if (number < 0 || number > kMaxThreads) {
          throw Error(ErrorKind::kUsage, "--threads: " + word + " is not between 0 and " +
                                             std::to_string(kMaxThreads));
        }
        field = static_cast<int>(number);
      });
}

void OptionTable::real(const std::string& names, const std::string& description,
                       const std::string& shown_default, std::function<void(double)> read) {
  one(names, "X", description, shown_default,
      [read = std::move(read), option = first_long_name(names)](const std::string& word) {
        read(parse_real_number(option, word));
      });
}

void OptionTable::real(const std::string& names, double& field, const std::string& description) {
  std::ostringstream shown;
  shown << field;
  real(names, description, shown.str(), [&field](double value) { field = value; });
}

void OptionTable::path(const std::string& names, const std::string& value,
                       const std::string& description, const std::string& shown_default,
                       std::function<void(std::filesystem::path)> read) {
  one(names, value, description, shown_default,
      [read = std::move(read), option = first_long_name(names)](const std::string& word) {
        if (word.empty() || word.starts_with("--")) {
          throw Error(ErrorKind::kUsage, option + ": needs a path, not '" + word + "'");
        }
        read(word);
      });
}

void OptionTable::add_boolean(const std::string& names, const std::string& description,
                              const std::string& shown_default, std::function<void(bool)> read) {
  for (const std::string& name : split(names, ',')) {
    if (name.starts_with("--")) boolean_names_.push_back(name);
  }
  // Not as CLI11's default, which it would take for the value of an option that stands alone.
  add(names, "", description + " [" + shown_default + "]", "",
      [read = std::move(read), option = first_long_name(names)](const auto& words) {
        read(parse_boolean(option, words.back()));
      })
      ->expected(0, 1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void OptionTable::boolean(const std::string& names, bool& field, const std::string& description) {
  add_boolean(names, description, field ? "true" : "false",
              [&field](bool value) { field = value; });
}

void OptionTable::boolean(const std::string& names, std::optional<bool>& field,
                          const std::string& description, const std::string& shown_default) {
  add_boolean(names, description, shown_default, [&field](bool value) { field = value; });
}

std::vector<std::string> OptionTable::normalized(const std::vector<std::string>& words) const {
  std::vector<std::string> result;
  for (const std::string& word : words) {
    const bool negated =
        word.starts_with("--no-") && std::find(boolean_names_.begin(), boolean_names_.end(),
                                               "--" + word.substr(5)) != boolean_names_.end();
    if (negated) {
      result.push_back("--" + word.substr(5) + "=false");
    } else if (word.starts_with("--") && word.size() > 3 && word.ends_with('=')) {
      result.push_back(word.substr(0, word.size() - 1));
      result.emplace_back();
    } else {
      result.push_back(one_word(word));
    }
  }
  return result;
}

void OptionTable::declare_file_options() {
  path("--config", "FILE",
       "Options of a TOML file, as --write-config prints it; the command line and variables such "
       "as ROLLINGDEPTH_DEVICE win over it",
       "none", [&](std::filesystem::path file) { file_ = std::move(file); });
  boolean("--write-config", writes_file_, "Print the options that are given as such a file");
  app_->set_help_flag("-h,--help", "Print this help")->group(heading_);
}

std::vector<CLI::Option*> OptionTable::own_options() const {
  std::vector<CLI::Option*> options;
  for (CLI::Option* const option : app_->get_options()) {
    const std::string name = option->get_single_name();
    if (name != "help" && name != "config" && name != "write-config") options.push_back(option);
  }
  return options;
}

void OptionTable::read_sources(const OptionSources& sources) {
  if (!file_) {
    const auto named = sources.variable("--config", /*is_list=*/false);
    if (named) file_ = named->words.front();
  }
  std::optional<OptionFile> file;
  if (file_) file.emplace(*file_, command_);
  for (CLI::Option* const option : own_options()) {
    std::optional<SourcedWords> found;
    for (const std::string& name : option->get_lnames()) {
      if (!found) found = sources.variable("--" + name, is_list(*option));
    }
    for (const std::string& name : option->get_lnames()) {
      auto in_file = file ? file->take("--" + name) : std::nullopt;
      if (!found) found = std::move(in_file);
    }
    if (!found || option->count() > 0) continue;
    with_context(ErrorKind::kUsage, found->origin, [&] {
      if (!is_list(*option) && found->words.size() != 1) {
        throw Error(ErrorKind::kUsage,
                    "one word is needed, not '" + joined(found->words, " ") + "'");
      }
      for (const std::string& word : found->words) option->add_result(one_word(word));
      if (!found->words.empty()) option->run_callback();
    });
  }
  if (file) file->require_all_taken(long_names_);
}

std::optional<std::vector<std::string>> OptionTable::parse(
    const std::vector<std::string>& arguments, const OptionSources& sources) {
  declare_file_options();
  std::vector<std::string> words = normalized(arguments);
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back.
  try {
    app_->parse(words);
    read_sources(sources);
  } catch (const CLI::CallForHelp&) {
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorKind::kUsage, error.what());
  }
  std::vector<std::string> left = app_->remaining();
  if (kept_words_ != nullptr) *kept_words_ = as_words();
  if (!writes_file_) return left;
  refuse_leftovers(left, *this);
  return std::nullopt;
}

std::vector<std::string> OptionTable::as_words() const {
  std::vector<std::string> words;
  for (const CLI::Option* const option : own_options()) {
    for (const std::string& word : words_of(*option)) {
      words.push_back("--" + option->get_lnames().front() + "=" + word);
    }
  }
  return words;
}

std::string OptionTable::help() const {
  if (!writes_file_) return app_->help();
  std::string text = command_.empty() ? "" : "[" + command_ + "]\n";
  for (const CLI::Option* const option : own_options()) {
    if (option->count() == 0) continue;
    text += option_line("--" + option->get_lnames().front(), words_of(*option), is_list(*option));
    text += "\n";
  }
  return text;
}

void refuse_leftovers(const std::vector<std::string>& left, const OptionTable& table) {
  for (const std::string& word : left) {
    if (!word.starts_with('-') || word == "-") continue;
    std::vector<std::string> known = table.long_names();
    known.emplace_back("--help");
    const std::string name = word.substr(0, word.find('='));
    throw Error(ErrorKind::kUsage, "unknown option '" + name + "'" + did_you_mean(name, known));
  }
}

}  // namespace rollingdepth
