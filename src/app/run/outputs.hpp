#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/run/inputs.hpp"
#include "app/run/options.hpp"

namespace rollingdepth {

/// One file that an input becomes, or one folder.
struct OutputFile {
  const OutputFormat* format = nullptr;  ///< A row of output_formats().
  std::filesystem::path path;
  std::string colormap;  ///< Of what is painted.
};

/// The files that one input becomes.
struct OutputFiles {
  std::filesystem::path folder;  ///< Holds all of them.
  std::vector<OutputFile> formats;
  std::filesystem::path report;
  std::filesystem::path job;  ///< The folder of the job while it is unfinished; not in all().

  /// The first file of a format; null where it is not written.
  [[nodiscard]] const OutputFile* find(std::string_view format) const;
  /// In the order in which they are named to the user.
  [[nodiscard]] std::vector<std::filesystem::path> all() const;
  [[nodiscard]] bool all_exist() const;
  [[nodiscard]] bool any_exist() const;
};

/// The first colour map asked for. Without a colour video of its own the side by side still needs
/// one: the default.
std::string side_by_side_colormap(const RunOptions& options);

OutputFiles output_files(const RunOptions& options, const PlannedInput& input);

/// Bytes per pixel and frame of what is written without loss; videos for looking take next to none.
/// @param depth size of a depth map.
double raw_bytes_per_pixel(const OutputFiles& files, const RunOptions& options, FrameSize depth);
/// Whether two folders lie on the same file system.
bool shares_disk(const std::filesystem::path& one, const std::filesystem::path& other);

/// @throws Error(kUsage) where an output of one input would replace a file that is read.
void require_inputs_untouched(const std::vector<PlannedInput>& inputs, const RunOptions& options);

/// The folder that holds `file`, "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& file);

/// Where what is called `file` is written: a link is written through and stays a link.
std::filesystem::path write_target(const std::filesystem::path& file);

/// @throws Error(kUsage) where `file` cannot become a plain file: a folder, a device, one of the
/// `inputs` or a file in a folder of them.
void require_plain_file(const std::filesystem::path& file,
                        const std::vector<std::filesystem::path>& inputs);

/// @throws Error(kUsage) where two of `outputs` are one file or folder.
void require_distinct(const std::vector<std::filesystem::path>& outputs);

/// @throws Error(kOutput) where `output` is there, other than as an empty folder, and nobody said
/// that it may be replaced.
void require_free(const std::filesystem::path& output, bool overwrite);

/// Makes `folder` and proves that a file can be written there.
/// @throws Error(kOutput) naming the folder and why not.
void prepare_output_folder(const std::filesystem::path& folder);

}  // namespace rollingdepth
