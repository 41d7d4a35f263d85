#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace rollingdepth {

/// Where a model may be, most particular first.
struct ModelPlaces {
  std::optional<std::filesystem::path> chosen;       ///< `--checkpoint`.
  std::optional<std::filesystem::path> environment;  ///< $ROLLINGDEPTH_MODELS.
  std::filesystem::path installed;                   ///< <executable>/../share/rollingdepth/models.
  std::filesystem::path source;                      ///< models/ of the source tree.

  /// Those where models are looked for that nobody has named.
  [[nodiscard]] std::vector<std::filesystem::path> in_order() const;
};

/// The places of this process: ROLLINGDEPTH_MODELS, the executable's folder, the build's sources.
ModelPlaces model_places(std::optional<std::filesystem::path> chosen);

/// The model package to load. A place is a package itself or a folder that holds packages, of which
/// `default` is taken, else the first by name. `chosen` may also be the bare name of a package.
/// @throws Error(kModel) naming where was looked.
std::filesystem::path find_model(const ModelPlaces& places);

/// A place that is a package, or all packages that a folder holds, by name.
std::vector<std::filesystem::path> packages_at(const std::filesystem::path& place);

/// The running executable. @throws Error(kFailed) where the system does not tell.
std::filesystem::path executable_path();

/// Bytes of all files of a package.
std::uintmax_t package_bytes(const std::filesystem::path& package);

}  // namespace rollingdepth
