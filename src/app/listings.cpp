#include "app/listings.hpp"

#include <algorithm>

#include "base/versions.hpp"
#include "decode/video_reader.hpp"
#include "nn/device.hpp"
#include "write/colormap.hpp"

namespace rollingdepth {

std::string version_with(const std::string& commit) {
  return program_version() + (commit.empty() ? "" : " (commit " + commit + ")");
}

std::string version_text(const std::string& commit) {
  return "rollingdepth " + version_with(commit) + "\nLibTorch " + torch_version() + "\nFFmpeg " +
         libav_version() + "\nOpenCV " + opencv_version();
}

std::string device_list_text() {
  const std::vector<DeviceDescription> devices = list_devices();
  std::size_t width = 0;
  for (const DeviceDescription& device : devices) width = std::max(width, device.name.size());
  std::string text;
  for (const DeviceDescription& device : devices) {
    text += text.empty() ? "" : "\n";
    text += device.name + std::string(width + 2 - device.name.size(), ' ') + device.detail;
  }
  return text;
}

std::string colormap_list_text() {
  std::string text;
  for (const std::string& name : colormap_names()) text += (text.empty() ? "" : "\n") + name;
  return text;
}

}  // namespace rollingdepth
