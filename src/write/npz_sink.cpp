#include <ATen/core/Tensor.h>

#include <string>

#include "media/npy_header.hpp"
#include "write/announced_frames.hpp"
#include "write/depth_files.hpp"
#include "write/npz_writer.hpp"

namespace rollingdepth {
namespace {

class NpzSink final : public DepthSink {
 public:
  explicit NpzSink(const std::filesystem::path& file)
      : frames_(file), writer_(file, NpzWriter::Packing::kDeflated) {}

  [[nodiscard]] std::string name() const override { return writer_.file().filename().string(); }

  [[nodiscard]] bool needs_range() const override { return false; }
  void begin(const DepthClipInfo& info) override {
    frames_.begin(info);
    const std::string header = npy_header(at::kFloat, {info.frames, info.height_px, info.width_px});
    const std::int64_t values = info.frames * info.height_px * info.width_px;
    writer_.begin("depth.npy", header.size() + sizeof(float) * static_cast<std::uint64_t>(values));
    writer_.write(header.data(), header.size());
  }

  void write(const at::Tensor& depth, std::int64_t /*pts*/) override {
    frames_.count(depth);
    const at::Tensor rows = depth.contiguous();
    writer_.write(rows.const_data_ptr(), rows.nbytes());
  }

  void finish() override {
    // The header already promises the number of frames.
    frames_.require_all();
    writer_.close();
    writer_.finish();
  }

 private:
  AnnouncedFrames frames_;
  NpzWriter writer_;
};

}  // namespace

void check_npz(const std::filesystem::path& file) {
  NpzWriter::try_out(file, NpzWriter::Packing::kDeflated);
}

std::unique_ptr<DepthSink> make_npz_sink(const std::filesystem::path& file) {
  return std::make_unique<NpzSink>(file);
}

}  // namespace rollingdepth
