#include "store/map_codec.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/named_values.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::array kDtypes = {std::pair{SpoolDtype::kUint16, "u16"},
                                std::pair{SpoolDtype::kFp32, "fp32"}};
constexpr float kSteps = 65535;

// Before the values of a map in 16 bits.
struct MapHeader {
  float smallest = 0;
  float step = 0;
};

void encode_levels(const float* values, std::size_t pixels, std::byte* to) {
  float smallest = values[0], largest = values[0];
  bool finite = true;
  for (std::size_t p = 0; p < pixels; ++p) {
    smallest = std::min(smallest, values[p]);
    largest = std::max(largest, values[p]);
    finite = finite && std::isfinite(values[p]);
  }
  if (!finite) {
    throw Error(ErrorKind::kFailed, "depth maps in 16 bits must be finite; store them as fp32",
                Retry::kNever);
  }
  const double range = static_cast<double>(largest) - static_cast<double>(smallest);
  auto step = static_cast<float>(range / kSteps);
  // Its inverse would not be finite; what is left out is below any value's rounding.
  if (step < std::numeric_limits<float>::min()) step = 0;
  const MapHeader header{.smallest = smallest, .step = step};
  std::memcpy(to, &header, sizeof(header));
  const float inverse = header.step > 0 ? 1 / header.step : 0;
  std::vector<std::uint16_t> levels(pixels);
  for (std::size_t p = 0; p < pixels; ++p) {
    const float level = (values[p] - header.smallest) * inverse + 0.5f;
    levels[p] = static_cast<std::uint16_t>(std::min(level, kSteps));
  }
  std::memcpy(to + sizeof(header), levels.data(), pixels * sizeof(std::uint16_t));
}

void decode_levels(const std::byte* from, std::size_t pixels, float* to) {
  MapHeader header;
  std::memcpy(&header, from, sizeof(header));
  std::vector<std::uint16_t> levels(pixels);
  std::memcpy(levels.data(), from + sizeof(header), pixels * sizeof(std::uint16_t));
  const double smallest = header.smallest, step = header.step;
  for (std::size_t p = 0; p < pixels; ++p) {
    to[p] = static_cast<float>(smallest + step * static_cast<double>(levels[p]));
  }
}

}  // namespace

std::vector<std::string> spool_dtype_names() { return names_of(kDtypes); }

std::string to_string(SpoolDtype dtype) { return name_of(kDtypes, dtype); }

SpoolDtype parse_spool_dtype(std::string_view text) {
  return value_of(kDtypes, "spool dtype", text);
}

std::size_t encoded_bytes(SpoolDtype dtype, std::int64_t pixels) {
  const auto count = static_cast<std::size_t>(pixels);
  return dtype == SpoolDtype::kFp32 ? count * sizeof(float)
                                    : sizeof(MapHeader) + count * sizeof(std::uint16_t);
}

std::vector<std::byte> encode_map(const at::Tensor& map, SpoolDtype dtype) {
  if (map.scalar_type() != at::kFloat || !map.is_cpu() || map.numel() < 1) {
    throw Error(ErrorKind::kFailed, "a spool takes depth maps in float32 on the CPU");
  }
  const at::Tensor packed = map.contiguous();
  std::vector<std::byte> record(encoded_bytes(dtype, packed.numel()));
  if (dtype == SpoolDtype::kFp32) {
    std::memcpy(record.data(), packed.const_data_ptr<float>(), record.size());
  } else {
    encode_levels(packed.const_data_ptr<float>(), static_cast<std::size_t>(packed.numel()),
                  record.data());
  }
  return record;
}

void decode_map(std::span<const std::byte> record, SpoolDtype dtype, at::Tensor& map) {
  if (record.size() != encoded_bytes(dtype, map.numel())) {
    throw Error(ErrorKind::kFailed, "a record is not of the size of its depth map");
  }
  if (dtype == SpoolDtype::kFp32) {
    std::memcpy(map.mutable_data_ptr<float>(), record.data(), record.size());
  } else {
    decode_levels(record.data(), static_cast<std::size_t>(map.numel()),
                  map.mutable_data_ptr<float>());
  }
}

}  // namespace rollingdepth
