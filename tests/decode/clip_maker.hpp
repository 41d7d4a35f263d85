#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace rollingdepth::testing {

/// Runs FFmpeg's command-line program; throws with the command where it fails.
/// @param arguments shell words before the output file, e.g. "-f lavfi -i testsrc2 -frames:v 3".
void run_ffmpeg(const std::string& arguments, const std::filesystem::path& output);

/// FFmpeg arguments for `frames` pictures at 25 fps whose level tells their number:
/// 40 + 4 * n, grey, 64x48.
std::string counting_source(int frames);

/// FFmpeg arguments for a 64x48 picture of four flat quarters: red and green above, blue and white
/// below; 25 fps.
std::string quarters_source(int frames);

/// Replaces the display matrix in the track header of an MP4 file. Entries are 16.16 fixed point
/// but for the third column, in the order of the file.
void set_display_matrix(const std::filesystem::path& mp4, const std::array<double, 4>& linear_part);

std::vector<char> read_bytes(const std::filesystem::path& file);
void write_bytes(const std::filesystem::path& file, const std::vector<char>& bytes);

}  // namespace rollingdepth::testing
