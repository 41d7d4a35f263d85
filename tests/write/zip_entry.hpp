#pragma once

#include <filesystem>
#include <string>

#include "video_file.hpp"

namespace rollingdepth::testing {

/// What Python's zipfile, with which NumPy reads its archives, prints for an expression of
/// `archive` and `entry`, the facts of one name in it.
inline std::string zipfile_says(const std::filesystem::path& archive, const std::string& entry,
                                const std::string& expression) {
  return output_of(
      "python3 -c 'import sys, zipfile; archive = zipfile.ZipFile(sys.argv[1]); "
      "entry = archive.getinfo(sys.argv[2]); sys.stdout.buffer.write(" +
      expression + ")' '" + archive.string() + "' '" + entry + "'");
}

/// The content of one name of the archive, its checksum compared.
inline std::string zip_entry(const std::filesystem::path& archive, const std::string& entry) {
  return zipfile_says(archive, entry, "archive.read(entry)");
}

/// "0" where it is stored, "8" where it is deflated.
inline std::string zip_packing(const std::filesystem::path& archive, const std::string& entry) {
  return zipfile_says(archive, entry, "b\"%d\" % entry.compress_type");
}

}  // namespace rollingdepth::testing
