#include <ATen/core/Tensor.h>

#include "decode/depth_readers.hpp"
#include "media/npy.hpp"

namespace rollingdepth {
namespace {

class NpyDepth final : public DepthReader {
 public:
  explicit NpyDepth(const std::filesystem::path& path)
      : path_(path),
        file_(path),
        listing_(array_listing(path.string(), path.string(), file_.header())) {}

  [[nodiscard]] const DepthListing& listing() const override { return listing_; }

  std::optional<at::Tensor> next() override {
    if (done_frames_ == listing_.frames) return std::nullopt;
    at::Tensor values = file_.values({listing_.height_px, listing_.width_px});
    ++done_frames_;
    return values.to(at::kFloat);
  }

  void rewind() override {
    file_ = NpyFile(path_);
    done_frames_ = 0;
  }

 private:
  std::filesystem::path path_;
  NpyFile file_;
  DepthListing listing_;
  std::int64_t done_frames_ = 0;
};

}  // namespace

std::unique_ptr<DepthReader> open_npy_depth(const std::filesystem::path& file) {
  return std::make_unique<NpyDepth>(file);
}

}  // namespace rollingdepth
