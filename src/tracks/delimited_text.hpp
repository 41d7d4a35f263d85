#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollingdepth {

/// A row of a table as RFC 4180 has it: fields between commas, those with commas or line breaks
/// between double quotes, which are doubled inside.
struct DelimitedRow {
  std::vector<std::string> fields;  ///< Without quotes.
  std::int64_t line = 0;            ///< On which it begins, from 1.
};

/// Reads rows front to back, passing over empty lines. Not thread-safe.
class DelimitedText {
 public:
  /// @param text outlives this.
  explicit DelimitedText(std::string_view text) : text_(text) {}

  /// Nothing at the end. @param row is filled anew, to keep its memory.
  /// @return false at the end; also where a quote is not closed, see open_quote().
  bool next(DelimitedRow& row);
  /// Whether the text ended inside of quotes.
  [[nodiscard]] bool open_quote() const { return open_quote_; }

 private:
  void take_field(std::string& field);
  void take_quoted(std::string& field);

  std::string_view text_;
  std::size_t done_ = 0;
  std::int64_t line_ = 1;
  bool open_quote_ = false;
};

}  // namespace rollingdepth
