#include <ATen/core/Tensor.h>

#include <utility>

#include "decode/depth_readers.hpp"
#include "decode/picture_file.hpp"

namespace rollingdepth {
namespace {

class PictureDepth final : public DepthReader {
 public:
  PictureDepth(std::string name, std::vector<std::filesystem::path> pictures, DepthPicture decode)
      : pictures_(std::move(pictures)),
        decode_(std::move(decode)),
        first_(decode_(pictures_.front())) {
    listing_ = {.name = std::move(name),
                .frames = static_cast<std::int64_t>(pictures_.size()),
                .height_px = first_->size(0),
                .width_px = first_->size(1)};
  }

  [[nodiscard]] const DepthListing& listing() const override { return listing_; }

  std::optional<at::Tensor> next() override {
    if (done_ == pictures_.size()) return std::nullopt;
    const std::filesystem::path& picture = pictures_[done_];
    std::optional<at::Tensor> map = std::exchange(first_, std::nullopt);
    if (!map) map = decode_(picture);
    require_same_size(picture, map->size(1), map->size(0), listing_.width_px, listing_.height_px);
    ++done_;
    return map;
  }

  void rewind() override { done_ = 0; }

 private:
  std::vector<std::filesystem::path> pictures_;
  DepthPicture decode_;
  std::optional<at::Tensor> first_;  ///< Read to learn the size; handed out by the first next().
  DepthListing listing_;
  std::size_t done_ = 0;
};

}  // namespace

std::unique_ptr<DepthReader> open_picture_depth(std::string name,
                                                std::vector<std::filesystem::path> pictures,
                                                DepthPicture decode) {
  return std::make_unique<PictureDepth>(std::move(name), std::move(pictures), std::move(decode));
}

}  // namespace rollingdepth
