#include "checkpoint/checkpoint.hpp"

#include <array>
#include <utility>

#include "base/json_reader.hpp"
#include "checkpoint/foreign_bytes.hpp"
#include "checkpoint/pth_file.hpp"
#include "checkpoint/safetensors.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

// The parts of a folder, and what their weights' files are called.
constexpr std::array<std::pair<const char*, const char*>, 3> kParts = {
    {{"unet", "diffusion_pytorch_model"},
     {"vae", "diffusion_pytorch_model"},
     {"text_encoder", "model"}}};

}  // namespace

Checkpoint::Checkpoint(fs::path path) : path_(std::move(path)) {
  if (!fs::exists(path_)) refuse_file(path_, "no such file or folder");
  is_folder_ = fs::is_directory(path_);
  if (!is_folder_) {
    add("", open_pth(path_));
    return;
  }
  if (fs::exists(path_ / "model.json")) {
    refuse_file(path_, "is a model package already; use it with -c");
  }
  if (!fs::exists(path_ / "unet")) {
    refuse_file(path_, "is no checkpoint in the layout of diffusers: it has no folder unet/");
  }
  for (const auto& [part, stem] : kParts) {
    add(std::string(part) + "/", open_safetensors(path_ / part, stem));
  }
}

void Checkpoint::add(const std::string& prefix, std::unique_ptr<TensorFile> file) {
  for (const auto& [name, tensor] : file->tensors()) weights_.emplace(prefix + name, tensor);
  files_.emplace(prefix, std::move(file));
}

at::Tensor Checkpoint::read(const std::string& name) const {
  const std::string prefix = is_folder_ ? name.substr(0, name.find('/') + 1) : "";
  return files_.at(prefix)->read(name.substr(prefix.size()));
}

nlohmann::json Checkpoint::settings(const std::string& file) const {
  const fs::path plain = fs::path(file).lexically_normal();
  if (plain.is_absolute() || plain.empty() || *plain.begin() == "..") {
    refuse_file(path_,
                "the template asks for '" + file + "', which lies outside of the checkpoint");
  }
  const fs::path path = path_ / plain;
  if (!fs::exists(path)) {
    refuse_file(path, "no such file; is this a checkpoint in the layout of diffusers?");
  }
  try {
    auto found = read_json<nlohmann::json>(path);
    if (!found.is_object()) refuse_file(path, "not a JSON object");
    return found;
  } catch (const JsonError& error) {
    refuse_file(path, error.what());
  }
}

fs::path named_path(const fs::path& path) {
  const fs::path plain = fs::absolute(path).lexically_normal();
  return plain.has_filename() ? plain : plain.parent_path();
}

std::string checkpoint_name(const fs::path& path) {
  std::error_code ignored;
  const fs::path called = named_path(path);
  return (fs::is_directory(called, ignored) ? called.filename() : called.stem()).string();
}

bool is_checkpoint(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return !fs::exists(path / "model.json", ignored) &&
           (fs::exists(path / "unet", ignored) || fs::exists(path / "model_index.json", ignored));
  }
  return fs::is_regular_file(path, ignored) &&
         (path.extension() == ".pth" || path.extension() == ".pt");
}

}  // namespace rollingdepth
