#pragma once

#include <string>

namespace rollingdepth {

/// What `--version` prints: this program and the libraries that it runs with.
std::string version_text();
/// What `--list-devices` prints: one device per line.
std::string device_list_text();
/// What `--list-colormaps` prints: one name per line.
std::string colormap_list_text();

}  // namespace rollingdepth
