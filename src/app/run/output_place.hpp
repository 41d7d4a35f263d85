#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "write/output_formats.hpp"

namespace rollingdepth {

/// Makes sure that `output` can be written under its name, as far as that can be known: names on
/// the way are not too long, and nothing of another shape is in its place. Reads only; the folder
/// need not exist yet.
/// @throws Error(kOutput, "cannot write OUTPUT: why").
void require_place(const std::filesystem::path& output, OutputShape shape);

/// Makes sure that `path` with `added_bytes` more is a name that its folder can hold.
/// @throws Error(kOutput, "cannot write PATH: why").
void require_name(const std::filesystem::path& path, std::size_t added_bytes);

/// Makes sure that a folder of this name can be made or is there, and that files can be made in it,
/// as far as the file system tells without writing.
/// @param doing begins the message: "cannot write to the output folder output".
/// @throws Error(kOutput, "doing: why").
void require_writable_folder(const std::filesystem::path& folder, const std::string& doing);

/// Makes sure, without writing, that a file of this name can be written: both of the above.
/// @throws Error(kOutput).
void require_output_file(const std::filesystem::path& file);

/// As require_writable_folder(), proven by a file that is made and removed in `folder` or in the
/// next folder above it that exists. @throws Error(kOutput).
void prove_writable_folder(const std::filesystem::path& folder, const std::string& doing);

}  // namespace rollingdepth
