#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "checkpoint/tensor_file.hpp"

namespace rollingdepth {

/// The weights of a model as its authors publish them: a folder in the layout of diffusers, where
/// names begin with that of the part ("unet/conv_in.weight"), or a .pth. Not thread-safe.
class Checkpoint {
 public:
  /// @throws Error(kModel) naming what is missing or damaged.
  explicit Checkpoint(std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Of a folder: it has settings, and parts.
  [[nodiscard]] bool is_folder() const { return is_folder_; }
  /// By name.
  [[nodiscard]] const std::map<std::string, StoredTensor>& weights() const { return weights_; }
  /// The values, as they are stored. REQUIRES: a name of weights(). @throws Error(kModel).
  [[nodiscard]] at::Tensor read(const std::string& name) const;
  /// A file of settings within the folder, such as unet/config.json. @throws Error(kModel) naming
  /// it where it is missing or no JSON object.
  [[nodiscard]] nlohmann::json settings(const std::string& file) const;

 private:
  void add(const std::string& prefix, std::unique_ptr<TensorFile> file);

  std::filesystem::path path_;
  bool is_folder_ = false;
  std::map<std::string, std::unique_ptr<TensorFile>> files_;  // By what names begin with.
  std::map<std::string, StoredTensor> weights_;
};

/// A path that ends in a name: neither in '/' nor in '.' or '..'. Links keep their names.
std::filesystem::path named_path(const std::filesystem::path& path);

/// What a checkpoint is called: a folder by its name, a file without the extension. "." has a name
/// too, that of the folder which it is.
std::string checkpoint_name(const std::filesystem::path& path);

/// Whether a path looks like a checkpoint, and not like a package: what `import` takes.
bool is_checkpoint(const std::filesystem::path& path);

}  // namespace rollingdepth
