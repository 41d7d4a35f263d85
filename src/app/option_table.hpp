#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/option_sources.hpp"
#include "app/option_words.hpp"

// CLI11 is long to compile: option_table.cpp and option_sources.cpp alone include it.
namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace rollingdepth {

/// What the help of a command says around its options.
struct HelpTexts {
  std::string description;
  std::string usage;  ///< What follows "Usage: ".
  std::string footer = {};
  std::string command = {};  ///< Whose section of a file of options is read; empty: of none.
};

/// The options of a command: each reads its words strictly, fails with one clear message, and
/// shows the default that the bound field holds. What the command line leaves out is looked for in
/// the environment, then in the file that --config names. Fields outlive the table.
class OptionTable {
 public:
  explicit OptionTable(HelpTexts texts);
  ~OptionTable();
  OptionTable(const OptionTable&) = delete;
  OptionTable& operator=(const OptionTable&) = delete;

  /// Options declared from here on stand below this heading in the help.
  void group(std::string heading) { heading_ = std::move(heading); }

  /// Receives the words that follow an option.
  using Reader = std::function<void(const std::vector<std::string>& words)>;

  /// @param names as CLI11 takes them: "-o,--output-dir".
  /// @param value what stands for the value in the help: "DIR".
  /// @param shown_default printed after the description; empty for none.
  void one(const std::string& names, const std::string& value, const std::string& description,
           const std::string& shown_default, std::function<void(const std::string&)> read);
  /// The same, refused where it is given more than once: both of its words are meant.
  void once(const std::string& names, const std::string& value, const std::string& description,
            const std::string& shown_default, std::function<void(const std::string&)> read);
  /// One or more words, repeatable.
  void many(const std::string& names, const std::string& value, const std::string& description,
            const std::string& shown_default, Reader read);

  /// A whole number.
  void number(const std::string& names, std::int64_t& field, const std::string& description);
  void number(const std::string& names, int& field, const std::string& description);
  /// A whole number that the preset sets where it is not given.
  void number(const std::string& names, std::optional<std::int64_t>& field,
              const std::string& description, const std::string& shown_default);
  /// --threads, 0 to kMaxThreads.
  void threads(int& field);
  /// A finite real number.
  void real(const std::string& names, double& field, const std::string& description);
  void real(const std::string& names, const std::string& description,
            const std::string& shown_default, std::function<void(double)> read);
  /// A path; a word that begins with "--" is taken for a forgotten value.
  void path(const std::string& names, const std::string& value, const std::string& description,
            const std::string& shown_default, std::function<void(std::filesystem::path)> read);
  /// Takes nothing, true or false; `--no-NAME` means false.
  void boolean(const std::string& names, bool& field, const std::string& description);
  void boolean(const std::string& names, std::optional<bool>& field, const std::string& description,
               const std::string& shown_default);

  /// Whether an option was given, once that is read. @param name as "--save-sbs".
  [[nodiscard]] bool given(const std::string& name) const;
  /// Every long name of the options that were given, once that is read.
  [[nodiscard]] std::vector<std::string> given() const;
  /// Every long name declared, without the `--no-` forms.
  [[nodiscard]] const std::vector<std::string>& long_names() const { return long_names_; }
  /// After parse(): a command line that says all that was given, wherever.
  [[nodiscard]] std::vector<std::string> as_words() const;

  /// Lets parse() fill `words` with as_words(). They must outlive it.
  void keep_words(std::vector<std::string>& words) { kept_words_ = &words; }

  /// Reads `arguments`, then `sources`; --config, --write-config and --help stand in the group
  /// declared last. To be called once.
  /// @return the words that no option took; nothing where help or a file of options was asked for.
  /// @throws Error(kUsage) for what no option can take.
  std::optional<std::vector<std::string>> parse(
      const std::vector<std::string>& arguments,
      const OptionSources& sources = OptionSources::environment());
  /// After parse(): what --write-config asked for, else the help in two columns, at most 100
  /// characters wide.
  [[nodiscard]] std::string help() const;

 private:
  CLI::Option* add(const std::string& names, const std::string& value,
                   const std::string& description, const std::string& shown_default, Reader read);
  void add_boolean(const std::string& names, const std::string& description,
                   const std::string& shown_default, std::function<void(bool)> read);

  /// Of --config and --write-config.
  void declare_file_options();
  /// What `sources` say of options that are not given yet.
  void read_sources(const OptionSources& sources);
  [[nodiscard]] std::vector<CLI::Option*> own_options() const;

  /// Rewrites `--no-NAME` to `--NAME=false`, `--NAME=` to two words, and protects words that CLI11
  /// would take apart.
  [[nodiscard]] std::vector<std::string> normalized(const std::vector<std::string>& words) const;

  std::unique_ptr<CLI::App> app_;
  std::string command_;
  std::string heading_ = "General";
  std::optional<std::filesystem::path> file_;  // Of --config.
  bool writes_file_ = false;
  std::vector<std::string>* kept_words_ = nullptr;
  std::vector<std::string> long_names_;
  std::vector<std::string> boolean_names_;
};

/// @throws Error(kUsage) for the first of the words left that looks like an option, suggesting the
/// nearest name.
void refuse_leftovers(const std::vector<std::string>& left, const OptionTable& table);

}  // namespace rollingdepth
