#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/run/inputs.hpp"
#include "app/run/options.hpp"

namespace rollingdepth {

/// The files that one input becomes.
struct OutputFiles {
  std::filesystem::path folder;  ///< Holds all of them.
  std::optional<std::filesystem::path> npy;
  std::vector<std::pair<std::string, std::filesystem::path>> color_videos;  ///< Colour map, file.
  std::optional<std::filesystem::path> side_by_side;
  std::string side_by_side_colormap;
  std::optional<std::filesystem::path> npz;
  std::optional<std::filesystem::path> png16;  ///< A folder.
  std::optional<std::filesystem::path> exr;    ///< A folder.
  std::optional<std::filesystem::path> depth_video;
  std::optional<std::filesystem::path> snippets;
  std::optional<std::filesystem::path> trace;
  std::filesystem::path report;
  std::filesystem::path job;  ///< The folder of the job while it is unfinished; not in all().

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
double raw_bytes_per_pixel(const OutputFiles& files);
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

/// Makes `folder` and proves that a file can be written there.
/// @throws Error(kOutput) naming the folder and why not.
void prepare_output_folder(const std::filesystem::path& folder);

}  // namespace rollingdepth
