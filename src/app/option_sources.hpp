#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollingdepth {

/// Words that something else than the command line gives to an option.
struct SourcedWords {
  std::string origin;  ///< Named in messages: "ROLLINGDEPTH_QUALITY", "depth.toml: quality".
  std::vector<std::string> words;
};

/// Where options come from that are not on the command line: variables of the environment first,
/// then a file of options.
class OptionSources {
 public:
  /// The value of a variable; nothing where it is not set.
  using Variables = std::function<std::optional<std::string>(const std::string& name)>;

  /// Nothing: the command line says all.
  static OptionSources none() { return OptionSources(nullptr); }
  /// The variables of this process.
  static OptionSources environment();
  /// @param variables instead of the environment.
  explicit OptionSources(Variables variables) : variables_(std::move(variables)) {}

  /// Words of the variable of an option. A list is divided at blanks outside of quotes. An empty
  /// variable is none. @param name long, as "--snip-len". @throws Error(kUsage).
  [[nodiscard]] std::optional<SourcedWords> variable(const std::string& name, bool is_list) const;

 private:
  Variables variables_;
};

/// The name of the variable of an option: "--snip-len" is ROLLINGDEPTH_SNIP_LEN.
std::string variable_of(const std::string& name);

/// The options of a command in a TOML file, as CLI11 reads it.
class OptionFile {
 public:
  /// @param command whose section is read: "live"; empty for what stands before all sections.
  /// @throws Error(kUsage) where the file cannot be read.
  OptionFile(std::filesystem::path file, const std::string& command);

  /// Words of an option, once. @param name long, as "--snip-len".
  [[nodiscard]] std::optional<SourcedWords> take(const std::string& name);
  /// @throws Error(kUsage) for the first option that nobody has taken, suggesting the nearest one.
  void require_all_taken(const std::vector<std::string>& long_names) const;

 private:
  void require_known_section(const std::vector<std::string>& parents) const;
  [[nodiscard]] std::string origin_of(const std::string& key) const;

  std::filesystem::path file_;
  std::map<std::string, std::vector<std::string>> words_;
};

/// A line of such a file: `quality = "fast"`. @param name long. @throws Error(kUsage) for words
/// that the file would not give back.
std::string option_line(const std::string& name, const std::vector<std::string>& words,
                        bool is_list);

}  // namespace rollingdepth
