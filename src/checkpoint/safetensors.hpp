#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "checkpoint/tensor_file.hpp"

namespace rollingdepth {

/// The weights of one network of a checkpoint in the layout of diffusers: FOLDER/STEM.safetensors,
/// else several files with the index FOLDER/STEM.safetensors.index.json, else either as .fp16.
/// Source: https://github.com/huggingface/safetensors, "Format".
/// @throws Error(kModel) naming what is missing, or the file and what is wrong with it.
std::unique_ptr<TensorFile> open_safetensors(const std::filesystem::path& folder,
                                             const std::string& stem);

}  // namespace rollingdepth
