#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace rollingdepth::testing {

/// What follows are instructions of pickles; each text leaves one value.

/// One after the other. (GCC 12 sees an overflow in "text" + std::string() that is none.)
inline std::string joined(std::initializer_list<std::string> parts) {
  std::string whole;
  for (const std::string& part : parts) whole += part;
  return whole;
}

/// A number, little-endian.
template <class Number>
std::string bytes_of(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof(number)};
}

inline std::string text_code(const std::string& text) {
  return joined({"X", bytes_of(static_cast<std::uint32_t>(text.size())), text});
}
inline std::string number_code(std::int64_t number) {
  return joined({"\x8a\x08", bytes_of(number)});
}
inline std::string tuple_code(const std::vector<std::string>& items) {
  std::string code = "(";
  for (const std::string& item : items) code += item;
  return code + "t";
}
inline std::string numbers_code(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> items;
  for (const std::int64_t number : numbers) items.push_back(number_code(number));
  return tuple_code(items);
}
inline std::string global_code(const std::string& module, const std::string& name) {
  return joined({"c", module, "\n", name, "\n"});
}
inline std::string storage_code(std::int64_t numbers, const std::string& type = "FloatStorage",
                                const std::string& key = "0") {
  return tuple_code({text_code("storage"), global_code("torch", type), text_code(key),
                     text_code("cuda:0"), number_code(numbers)}) +
         "Q";
}
inline const std::string kOrderedDictCode = global_code("collections", "OrderedDict") + ")R";

/// A view of a storage, as torch.save() writes it.
inline std::string tensor_code(const std::string& storage, std::int64_t offset,
                               const std::vector<std::int64_t>& shape,
                               const std::vector<std::int64_t>& strides) {
  return global_code("torch._utils", "_rebuild_tensor_v2") +
         tuple_code({storage, number_code(offset), numbers_code(shape), numbers_code(strides),
                     "\x89", kOrderedDictCode}) +
         "R";
}

/// A whole pickle: a dict of named values.
inline std::string pickle_of(const std::vector<std::pair<std::string, std::string>>& named) {
  std::string code = "\x80\x02}(";
  for (const auto& [name, value] : named) code += text_code(name) + value;
  return code + "u.";
}

}  // namespace rollingdepth::testing
