extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <array>
#include <filesystem>
#include <opencv2/core/utility.hpp>
#include <string>
#include <string_view>

#include "decode/file_extension.hpp"
#include "decode/picture_format.hpp"
#include "decode/video_reader.hpp"

namespace rollingdepth {
namespace {

constexpr std::array<std::string_view, 31> kVideoExtensions = {
    ".3g2",  ".3gp", ".asf", ".avi",   ".divx", ".dv",   ".f4v", ".flv",  ".gif", ".h264", ".hevc",
    ".m2ts", ".m2v", ".m4v", ".mjpeg", ".mkv",  ".mov",  ".mp4", ".mpeg", ".mpg", ".mts",  ".mxf",
    ".nut",  ".ogm", ".ogv", ".ts",    ".vob",  ".webm", ".wmv", ".y4m",  ".qt"};
template <class Extensions>
bool is_one_of(std::string_view extension, const Extensions& extensions) {
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

std::string dotted(const char* library, unsigned version) {
  return std::string(library) + " " + std::to_string(AV_VERSION_MAJOR(version)) + "." +
         std::to_string(AV_VERSION_MINOR(version)) + "." +
         std::to_string(AV_VERSION_MICRO(version));
}

}  // namespace

bool has_video_extension(const std::filesystem::path& file) {
  return is_one_of(lower_extension(file), kVideoExtensions);
}

bool has_image_extension(const std::filesystem::path& file) {
  const std::string extension = lower_extension(file);
  const auto formats = picture_formats();
  return !extension.empty() &&
         std::any_of(formats.begin(), formats.end(), [&](const PictureFormatInfo& format) {
           return is_one_of(extension, format.extensions);
         });
}

// Of the libraries that were loaded, not of the headers.
std::string libav_version() {
  return dotted("libavformat", avformat_version()) + ", " +
         dotted("libavcodec", avcodec_version()) + ", " + dotted("libswscale", swscale_version());
}

std::string opencv_version() { return cv::getVersionString(); }

}  // namespace rollingdepth
