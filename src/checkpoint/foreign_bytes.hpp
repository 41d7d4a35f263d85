#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollingdepth {

/// What both readers of checkpoints do with files that may be anybody's.

/// @throws Error(kModel, "FILE: why").
[[noreturn]] void refuse_file(const std::filesystem::path& file, const std::string& why);

/// The size of a plain file, in bytes. @throws Error(kModel) for anything else, and an empty one.
std::int64_t plain_file_bytes(const std::filesystem::path& file);

/// @param start of the file, kStartBytes of it or all. @throws Error(kModel) for what is often
/// saved in place of a checkpoint: a web page, a pointer of Git LFS.
void refuse_other_downloads(const std::filesystem::path& file, std::string_view start);
constexpr std::int64_t kStartBytes = 512;

/// Numbers in a tensor of that shape; unset where a side is negative or the product is none that
/// 63 bits hold.
std::optional<std::int64_t> numbers_in(const std::vector<std::int64_t>& shape);

/// @param values contiguous, on the CPU. @return whether none of them is infinite or NaN; true for
/// whole numbers, and for floats of 8 bits, which no network of ours has.
bool all_finite(const at::Tensor& values);

}  // namespace rollingdepth
