// Flat little-endian files, read value by value.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

inline std::ifstream open_binary(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path);
  return in;
}

/// The next `count` values. @throws std::runtime_error where the file ends before
template <class T>
std::vector<T> read_values(std::ifstream& in, std::size_t count) {
  std::vector<T> values(count);
  in.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(count * sizeof(T)));
  if (!in) throw std::runtime_error("an asset file ends too early");
  return values;
}
