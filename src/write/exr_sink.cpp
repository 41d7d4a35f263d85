#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>
#include <ImfChannelList.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfIO.h>
#include <ImfOutputFile.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "rollingdepth/error.hpp"
#include "write/depth_files.hpp"
#include "write/picture_folder.hpp"

namespace rollingdepth {
namespace {

// A file in memory: OpenEXR's own does not tell when its last bytes find no room on the disk.
class MemoryStream final : public Imf::OStream {
 public:
  MemoryStream() : Imf::OStream("memory") {}

  void write(const char* bytes, int size) override {
    const auto count = static_cast<std::size_t>(size);
    if (bytes_.size() < place_ + count) bytes_.resize(place_ + count);
    std::memcpy(bytes_.data() + place_, bytes, count);
    place_ += count;
  }
  std::uint64_t tellp() override { return place_; }
  void seekp(std::uint64_t place) override { place_ = place; }

  [[nodiscard]] std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
  std::size_t place_ = 0;
};

constexpr const char* kExtension = ".exr";

// @param depth [H, W] float32 on CPU, contiguous.
std::string encoded_exr(const at::Tensor& depth) {
  const auto width = static_cast<int>(depth.size(1));
  const auto height = static_cast<int>(depth.size(0));
  Imf::Header header(width, height);
  header.compression() = Imf::ZIP_COMPRESSION;
  header.zipCompressionLevel() = 1;  // The fastest; more finds little to save in floats.
  header.channels().insert("Y", Imf::Channel(Imf::FLOAT));
  // OpenEXR takes pixels that it only reads through a pointer to non-const.
  auto* pixels = reinterpret_cast<char*>(depth.data_ptr<float>());
  Imf::FrameBuffer buffer;
  buffer.insert("Y", Imf::Slice(Imf::FLOAT, pixels, sizeof(float),
                                sizeof(float) * static_cast<std::size_t>(width)));
  MemoryStream stream;
  {
    Imf::OutputFile picture(stream, header);
    picture.setFrameBuffer(buffer);
    picture.writePixels(height);
  }
  return std::move(stream.bytes());
}

class ExrSink final : public PictureFolderSink {
 public:
  explicit ExrSink(const std::filesystem::path& folder)
      : PictureFolderSink(folder, kExtension, "") {}
  [[nodiscard]] bool needs_range() const override { return false; }

 private:
  std::string encoded(const at::Tensor& depth) override try {
    return encoded_exr(depth);
  } catch (const std::exception& error) {
    fail(error.what());
  }
};

}  // namespace

void check_exr(const std::filesystem::path& folder) {
  require_only_pictures(folder, kExtension, "");
  with_context(ErrorKind::kOutput, "cannot write " + folder.string(), [] {
    encoded_exr(at::zeros({1, 1}));
  });
}

std::unique_ptr<DepthSink> make_exr_sink(const std::filesystem::path& folder) {
  return std::make_unique<ExrSink>(folder);
}

}  // namespace rollingdepth
