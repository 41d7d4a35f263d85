#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "store/tensor_store.hpp"

namespace rollingdepth {

/// Short texts in a spool, under numbers.
class NotedTexts {
 public:
  /// @throws Error(kOutput) where the file cannot be made.
  NotedTexts(Spool& spool, const std::string& name);
  /// One that is too long (256 kB) is not noted. @throws Error(kOutput) on a full disk.
  void write(std::int64_t index, const std::string& text);
  /// Nothing where it is missing or damaged.
  [[nodiscard]] std::optional<std::string> find(std::int64_t index) const;

 private:
  TensorStore parts_;
};

}  // namespace rollingdepth
