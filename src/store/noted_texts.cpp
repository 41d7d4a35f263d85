#include "store/noted_texts.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstring>

namespace rollingdepth {
namespace {

// A text fills parts of this size, the last one with zeros, and a part of zeros ends it.
constexpr std::int64_t kPartBytes = 4096;
constexpr std::int64_t kMostParts = 64;

}  // namespace

NotedTexts::NotedTexts(Spool& spool, const std::string& name)
    : parts_(spool, name, {kPartBytes}, at::kByte) {}

void NotedTexts::write(std::int64_t index, const std::string& text) {
  const auto size = static_cast<std::int64_t>(text.size());
  const std::int64_t parts = size / kPartBytes + 1;
  if (parts > kMostParts) return;
  // From the end on: a text that was stopped in its middle has no beginning.
  for (std::int64_t part = parts - 1; part >= 0; --part) {
    const at::Tensor bytes = at::zeros({kPartBytes}, at::kByte);
    const std::int64_t first = part * kPartBytes;
    std::memcpy(bytes.mutable_data_ptr(), text.data() + first,
                static_cast<std::size_t>(std::min(kPartBytes, size - first)));
    parts_.write(index * kMostParts + part, bytes);
  }
}

std::optional<std::string> NotedTexts::find(std::int64_t index) const {
  std::string text;
  for (std::int64_t part = 0; part < kMostParts; ++part) {
    const std::optional<at::Tensor> bytes = parts_.find(index * kMostParts + part);
    if (!bytes) return std::nullopt;
    const auto* first = static_cast<const char*>(bytes->const_data_ptr());
    const char* end = std::find(first, first + kPartBytes, '\0');
    text.append(first, end);
    if (end != first + kPartBytes) return text;
  }
  return std::nullopt;
}

}  // namespace rollingdepth
