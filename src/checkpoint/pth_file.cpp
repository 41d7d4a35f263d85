#include "checkpoint/pth_file.hpp"

#include <ATen/ops/as_strided.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "checkpoint/foreign_bytes.hpp"
#include "checkpoint/pickle.hpp"
#include "checkpoint/zip_archive.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::string_view kPickle = "/data.pkl";

/// Names what is no archive, as far as it can be told.
void check_start(const fs::path& path, std::string_view start) {
  refuse_other_downloads(path, start);
  if (start.starts_with("PK\3\4"sv)) return;
  if (start.starts_with("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"sv)) {
    refuse_file(path,
                "was written by PyTorch before 1.6, or in its old way, which is not read here; "
                "scripts/export_model.py reads it");
  }
  if (start.size() > 8 && start[8] == '{' && start.substr(5, 3) == "\0\0\0"sv) {
    refuse_file(path, "is a safetensors file; a .pth, as torch.save() writes it, is needed");
  }
  refuse_file(path, "is no checkpoint as torch.save() writes it since PyTorch 1.6");
}

ZipArchive open_archive(const fs::path& path) {
  const std::int64_t bytes = plain_file_bytes(path);
  FileDescriptor file = FileDescriptor::open_to_read(path);
  std::string start(static_cast<std::size_t>(std::min(bytes, kStartBytes)), '\0');
  if (!file.read_at(start.data(), start.size(), 0)) refuse_file(path, "is cut short");
  check_start(path, start);
  return {path, std::move(file), bytes};
}

class PthFile : public TensorFile {
 public:
  explicit PthFile(const fs::path& path) : path_(path), archive_(open_archive(path)) {
    find_folder();
    check_byte_order();
    const std::string pickle = text_of(folder_ + std::string(kPickle), kMaxPickleBytes);
    with_context(ErrorKind::kModel, path.string(),
                 [&] { pickled_ = read_pickled_tensors(pickle); });
    take_off_prefix();
    for (const auto& [name, tensor] : pickled_) {
      check_storage(name, tensor);
      tensors_.emplace(name, StoredTensor{.dtype = tensor.dtype, .shape = tensor.shape});
    }
  }

  [[nodiscard]] const std::map<std::string, StoredTensor>& tensors() const override {
    return tensors_;
  }

  at::Tensor read(const std::string& name) const override {
    const PickledTensor& tensor = pickled_.at(name);
    if (std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end()) {
      return at::empty(tensor.shape, tensor.dtype);
    }
    // Of the storage only the numbers from the view's first to its last.
    std::int64_t numbers = 1;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      numbers += (tensor.shape[i] - 1) * tensor.strides[i];
    }
    const at::Tensor part = at::empty({numbers}, tensor.dtype);
    const auto wide = static_cast<std::int64_t>(part.element_size());
    archive_.read(entry_of(tensor), tensor.offset * wide, part.data_ptr(), numbers * wide);
    // A view of as many numbers as it has is contiguous where its strides say so; a copy else.
    at::Tensor values = at::as_strided(part, tensor.shape, tensor.strides, 0).contiguous();
    if (!all_finite(values)) refuse_file(path_, "weight " + name + " holds infinities or NaN");
    return values;
  }

 private:
  // The folder in the archive that has the name that the file was saved by.
  void find_folder() {
    for (const auto& [name, entry] : archive_.entries()) {
      if (!name.ends_with(kPickle) || name.find('/') != name.size() - kPickle.size()) continue;
      if (!folder_.empty()) refuse_file(path_, "holds two checkpoints");
      folder_ = name.substr(0, name.size() - kPickle.size());
    }
    if (folder_.empty()) {
      refuse_file(path_, "is an archive, but not of torch.save(): it holds no data.pkl");
    }
    if (archive_.entries().contains(folder_ + "/constants.pkl")) {
      refuse_file(path_, "is a program for TorchScript, not a checkpoint");
    }
  }

  void check_byte_order() const {
    const std::string name = folder_ + "/byteorder";
    if (archive_.entries().contains(name) && text_of(name, kStartBytes) != "little") {
      refuse_file(path_, "has another order of bytes than little-endian, which is not read");
    }
  }

  void take_off_prefix() {
    constexpr std::string_view kPrefix = "module.";
    const bool everywhere = std::all_of(pickled_.begin(), pickled_.end(), [&](const auto& named) {
      return named.first.starts_with(kPrefix);
    });
    if (!everywhere) return;
    std::map<std::string, PickledTensor> bare;
    for (auto& [name, tensor] : pickled_) {
      bare.emplace(name.substr(kPrefix.size()), std::move(tensor));
    }
    pickled_ = std::move(bare);
  }

  void check_storage(const std::string& name, const PickledTensor& tensor) const {
    const auto found = archive_.entries().find(entry_of(tensor));
    if (found == archive_.entries().end()) {
      refuse_file(path_, "is damaged: " + entry_of(tensor) + ", the numbers of weight " + name +
                             ", is missing");
    }
    std::int64_t bytes = 0;
    if (__builtin_mul_overflow(tensor.storage_numbers,
                               static_cast<std::int64_t>(c10::elementSize(tensor.dtype)), &bytes) ||
        bytes != found->second.bytes) {
      refuse_file(path_, "is damaged: " + entry_of(tensor) + ", the numbers of weight " + name +
                             ", has another size than announced");
    }
    archive_.check(found->first);
  }

  [[nodiscard]] std::string entry_of(const PickledTensor& tensor) const {
    return folder_ + "/data/" + tensor.storage;
  }

  [[nodiscard]] std::string text_of(const std::string& name, std::size_t most_bytes) const {
    const std::int64_t bytes = archive_.entries().at(name).bytes;
    if (bytes > static_cast<std::int64_t>(most_bytes)) {
      refuse_file(path_, "is no checkpoint: its " + name + " is too large");
    }
    std::string text(static_cast<std::size_t>(bytes), '\0');
    archive_.read(name, 0, text.data(), bytes);
    return text;
  }

  fs::path path_;
  ZipArchive archive_;
  std::string folder_;
  std::map<std::string, PickledTensor> pickled_;
  std::map<std::string, StoredTensor> tensors_;
};

}  // namespace

std::unique_ptr<TensorFile> open_pth(const fs::path& file) {
  return std::make_unique<PthFile>(file);
}

}  // namespace rollingdepth
