#include "checkpoint/foreign_bytes.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstddef>
#include <cstring>
#include <system_error>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

// A number whose exponent's bits are all set is an infinity or NaN.
template <class Bits>
bool no_exponent_is(Bits exponent, const at::Tensor& values) {
  const auto* const bytes = static_cast<const char*>(values.const_data_ptr());
  const auto count = static_cast<std::size_t>(values.numel());
  bool finite = true;
  for (std::size_t i = 0; i < count; ++i) {
    Bits bits;
    std::memcpy(&bits, bytes + i * sizeof(Bits), sizeof(Bits));
    finite &= (bits & exponent) != exponent;
  }
  return finite;
}

bool starts_without_case(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::equal(lower_case.begin(), lower_case.end(), text.begin(), [](char wanted, char c) {
           return wanted == std::tolower(static_cast<unsigned char>(c));
         });
}

}  // namespace

void refuse_file(const fs::path& file, const std::string& why) {
  throw Error(ErrorKind::kModel, file.string() + ": " + why);
}

std::int64_t plain_file_bytes(const fs::path& file) {
  std::error_code problem;
  const fs::file_status status = fs::status(file, problem);
  if (!fs::exists(status)) refuse_file(file, problem ? problem.message() : "no such file");
  if (fs::is_directory(status)) refuse_file(file, "is a folder; a file is needed");
  // A pipe would be waited for, and has no end to begin with.
  if (!fs::is_regular_file(status)) refuse_file(file, "is no plain file");
  const std::uintmax_t bytes = fs::file_size(file, problem);
  if (problem) refuse_file(file, problem.message());
  if (bytes == 0) refuse_file(file, "is empty; its download may have been stopped");
  return static_cast<std::int64_t>(bytes);
}

void refuse_other_downloads(const fs::path& file, std::string_view start) {
  if (start.starts_with("version https://git-lfs.github.com/spec/")) {
    refuse_file(file, "is a pointer of Git LFS, not the file itself; `git lfs pull` brings it");
  }
  const std::size_t text = start.find_first_not_of(" \t\r\n");
  if (text == std::string_view::npos) return;
  start.remove_prefix(text);
  if (starts_without_case(start, "<!doctype html") || starts_without_case(start, "<html")) {
    refuse_file(file,
                "is a web page, not a checkpoint; the address of the file itself has to be "
                "downloaded (at Hugging Face with /resolve/ in place of /blob/)");
  }
}

std::optional<std::int64_t> numbers_in(const std::vector<std::int64_t>& shape) {
  // No side of 0 may hide that others are out of bounds.
  std::int64_t product = 1;
  bool is_empty = false;
  for (const std::int64_t side : shape) {
    if (side < 0) return std::nullopt;
    is_empty |= side == 0;
    if (__builtin_mul_overflow(product, std::max<std::int64_t>(side, 1), &product)) {
      return std::nullopt;
    }
  }
  return is_empty ? 0 : product;
}

bool all_finite(const at::Tensor& values) {
  switch (values.scalar_type()) {
    case at::kDouble:
      return no_exponent_is<std::uint64_t>(0x7FF0000000000000U, values);
    case at::kFloat:
      return no_exponent_is<std::uint32_t>(0x7F800000U, values);
    case at::kHalf:
      return no_exponent_is<std::uint16_t>(0x7C00U, values);
    case at::kBFloat16:
      return no_exponent_is<std::uint16_t>(0x7F80U, values);
    default:
      return true;
  }
}

}  // namespace rollingdepth
