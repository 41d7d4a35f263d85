#include "write/colormap.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/suggestion.hpp"
#include "rollingdepth/error.hpp"
#include "write/colormap_tables.hpp"

namespace rollingdepth {
namespace {

constexpr std::string_view kReversed = "_r";

const ColormapTable* find_table(std::string_view name) {
  const auto tables = colormap_tables();
  const auto found = std::ranges::find(tables, name, &ColormapTable::name);
  return found == tables.end() ? nullptr : &*found;
}

std::uint8_t digit(char hex) {
  return static_cast<std::uint8_t>(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}

at::Tensor decode(std::string_view hex) {
  const auto entries = static_cast<std::int64_t>(hex.size() / 6);
  at::Tensor table = at::empty({entries, 3}, at::kByte);
  auto* value = table.mutable_data_ptr<std::uint8_t>();
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    *value++ = static_cast<std::uint8_t>(digit(hex[at]) << 4 | digit(hex[at + 1]));
  }
  return table;
}

}  // namespace

std::vector<std::string> colormap_names() {
  std::set<std::string> names;
  for (const ColormapTable& table : colormap_tables()) {
    names.emplace(table.name);
    if (!table.name.ends_with(kReversed)) names.insert(std::string(table.name).append(kReversed));
  }
  return {names.begin(), names.end()};
}

at::Tensor colormap_table(std::string_view name) {
  if (const ColormapTable* exact = find_table(name)) return decode(exact->hex);
  if (name.ends_with(kReversed)) {
    const ColormapTable* forward = find_table(name.substr(0, name.size() - kReversed.size()));
    if (forward != nullptr) return decode(forward->hex).flip(0);
  }
  throw Error(ErrorKind::kUsage, "unknown colour map '" + std::string(name) + "'" +
                                     did_you_mean(name, colormap_names()));
}

at::Tensor colorize(const at::Tensor& depth, float min, float max, const at::Tensor& table) {
  if (depth.dim() != 2 || depth.scalar_type() != at::kFloat || !depth.device().is_cpu()) {
    throw Error(ErrorKind::kFailed, "cannot paint depth: it is not float32 [H, W] on the CPU");
  }
  const at::Tensor values = depth.contiguous();
  const at::Tensor entries = table.contiguous();
  at::Tensor picture = at::empty({depth.size(0), depth.size(1), 3}, at::kByte);
  const float* from = values.const_data_ptr<float>();
  const std::uint8_t* colours = entries.const_data_ptr<std::uint8_t>();
  std::uint8_t* to = picture.mutable_data_ptr<std::uint8_t>();
  const float range = max - min;
  const std::int64_t last = entries.size(0) - 1;
  const auto count = static_cast<float>(entries.size(0));
  for (std::int64_t i = 0; i < values.numel(); ++i, to += 3) {
    const float position = (from[i] - min) / range * count;
    // NaN and infinity, which a flat clip (0 / 0) gives as well, must not be converted to integer.
    const bool inside = std::isfinite(position) && position > 0;
    const std::int64_t entry =
        inside ? static_cast<std::int64_t>(std::min(position, static_cast<float>(last))) : 0;
    std::copy_n(colours + 3 * entry, 3, to);
  }
  return picture;
}

}  // namespace rollingdepth
