#pragma once

#include <filesystem>
#include <memory>

#include "checkpoint/tensor_file.hpp"

namespace rollingdepth {

/// A .pth or .pt with a dict of named tensors, as torch.save() has written it since PyTorch 1.6: an
/// archive of stored entries. Where all names begin with `module.`, that is taken off them.
/// @throws Error(kModel) naming the file and what is wrong with it.
std::unique_ptr<TensorFile> open_pth(const std::filesystem::path& file);

}  // namespace rollingdepth
