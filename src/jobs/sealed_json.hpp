#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// Sixteen digits, as checksums and identities are written.
std::string hexadecimal(std::uint64_t value);

/// Gives an object a checksum of what it holds.
void seal(Settings& json);

/// A sealed object in a file of a job's folder; nothing where there is none.
/// @param format that its member of this name must have.
/// @throws Error(kOutput, "its NAME …") where it is of another format, no plain file, or damaged or
/// changed since it was written.
std::optional<Settings> read_sealed(const std::filesystem::path& job_folder,
                                    const std::string& name, int format);

/// Puts it in the place of an older one, at once, under a seal. @throws Error(kOutput).
void write_sealed(const std::filesystem::path& job_folder, const std::string& name, Settings json);

/// How a file is called while write_sealed() writes it: "plan.new.json".
std::string name_while_written(const std::string& name);

/// JSON is UTF-8, words and paths need not be: other bytes are written as in an address, %E9.
std::string escaped(const std::string& text);
std::string unescaped(const std::string& text);

}  // namespace rollingdepth
