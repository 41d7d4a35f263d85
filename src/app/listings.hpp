#pragma once

#include <string>

namespace rollingdepth {

/// What `--version` prints: this program and the libraries that it runs with.
/// @param commit as run_application() takes it.
std::string version_text(const std::string& commit);
/// "0.1.0 (commit 1a2b3c4d5e)", or "0.1.0".
std::string version_with(const std::string& commit);
/// What `--list-devices` prints: one device per line.
std::string device_list_text();
/// What `--list-colormaps` prints: one name per line.
std::string colormap_list_text();

}  // namespace rollingdepth
