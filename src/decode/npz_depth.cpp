#include <ATen/core/Tensor.h>

#include <algorithm>

#include "decode/depth_readers.hpp"
#include "media/npz_array.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// The only array of the archive, or `depth`.
std::string depth_array_of(const NpzFile& file) {
  std::vector<std::string> arrays;
  for (const std::string& entry : file.entries()) {
    if (const std::string array = array_of_entry(entry); !array.empty()) arrays.push_back(array);
  }
  const std::string refusal = "cannot read " + file.name() + ": it holds ";
  if (arrays.empty()) throw Error(ErrorKind::kInput, refusal + "no arrays");
  if (arrays.size() == 1) return arrays.front();
  if (std::find(arrays.begin(), arrays.end(), "depth") != arrays.end()) return "depth";
  std::string names;
  for (const std::string& array : arrays) names += (names.empty() ? "'" : ", '") + array + "'";
  throw Error(ErrorKind::kInput, refusal + "several arrays and none of them is 'depth': " + names);
}

class NpzDepth final : public DepthReader {
 public:
  explicit NpzDepth(const std::filesystem::path& path)
      : file_(path), name_(depth_array_of(file_)), array_(std::in_place, file_, name_) {
    listing_ = array_listing(file_.name(), file_.label(name_), array_->header());
  }

  [[nodiscard]] const DepthListing& listing() const override { return listing_; }

  std::optional<at::Tensor> next() override {
    if (done_frames_ == listing_.frames) return std::nullopt;
    at::Tensor values = array_->values({listing_.height_px, listing_.width_px});
    if (++done_frames_ == listing_.frames) array_->finish();
    return values.to(at::kFloat);
  }

  void rewind() override {
    array_.emplace(file_, name_);
    done_frames_ = 0;
  }

 private:
  NpzFile file_;
  std::string name_;
  std::optional<NpzArray> array_;  // Destroyed before the archive that it reads.
  DepthListing listing_;
  std::int64_t done_frames_ = 0;
};

}  // namespace

std::unique_ptr<DepthReader> open_npz_depth(const std::filesystem::path& file) {
  return std::make_unique<NpzDepth>(file);
}

}  // namespace rollingdepth
