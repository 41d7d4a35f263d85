#include <ATen/core/Tensor.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/partial_file.hpp"
#include "media/npy_header.hpp"
#include "write/announced_frames.hpp"
#include "write/depth_files.hpp"

namespace rollingdepth {
namespace {

class NpySink final : public DepthSink {
 public:
  explicit NpySink(std::filesystem::path file) : path_(std::move(file)), frames_(path_) {}

  [[nodiscard]] std::string name() const override { return path_.filename().string(); }

  [[nodiscard]] bool needs_range() const override { return false; }
  void begin(const DepthClipInfo& info) override {
    frames_.begin(info);
    partial_.emplace(path_);
    file_ = FileDescriptor::open_to_write(partial_->path());
    const std::string header = npy_header(at::kFloat, {info.frames, info.height_px, info.width_px});
    file_.write(header.data(), header.size());
  }

  void write(const at::Tensor& depth, std::int64_t /*pts*/) override {
    frames_.count(depth);
    const at::Tensor rows = depth.contiguous();
    file_.write(rows.const_data_ptr(), rows.nbytes());
  }

  void finish() override {
    // The header already promises the number of frames.
    frames_.require_all();
    file_.close();
    partial_->finish();
  }

 private:
  std::filesystem::path path_;
  std::optional<PartialFile> partial_;
  AnnouncedFrames frames_;
  FileDescriptor file_;
};

}  // namespace

std::unique_ptr<DepthSink> make_npy_sink(const std::filesystem::path& file) {
  return std::make_unique<NpySink>(file);
}

}  // namespace rollingdepth
