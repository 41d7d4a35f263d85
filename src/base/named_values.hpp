#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/suggestion.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

// The values of an enumeration and their names on the command line. `Table` holds pairs of the two,
// in the order in which they are listed.

template <class Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& [value, name] : table) names.emplace_back(name);
  return names;
}

template <class Table, class Value>
std::string name_of(const Table& table, Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return "unknown";
}

/// @param kind what the values are, for the message. @throws Error(kUsage) for another name.
template <class Table>
auto value_of(const Table& table, std::string_view kind, std::string_view text) {
  for (const auto& [value, name] : table) {
    if (text == name) return value;
  }
  throw Error(ErrorKind::kUsage, unknown_name(kind, text, names_of(table)));
}

}  // namespace rollingdepth
