#include "rollingdepth/write/npy.hpp"

#include <ATen/ATen.h>

#include <bit>
#include <string>
#include <vector>

#include "announced_frames.hpp"
#include "rollingdepth/base/error.hpp"
#include "rollingdepth/base/file_descriptor.hpp"
#include "rollingdepth/write/npy_header.hpp"
#include "rollingdepth/write/partial_file.hpp"

static_assert(std::endian::native == std::endian::little, ".npy values are written as they lie");

namespace rollingdepth {
namespace {

// Reads one file; every failure names it.
class NpyReader {
 public:
  explicit NpyReader(const std::filesystem::path& file)
      : name_(file.string()), file_(FileDescriptor::open_to_read(file)) {}

  at::Tensor read() {
    const NpyHeader header = read_npy_header(
        name_, [this](void* buffer, std::size_t size) { return file_.read(buffer, size); });
    offset_bytes_ = header.size_bytes;
    const std::int64_t size_bytes = checked_size_bytes(header.shape, header.dtype);
    at::Tensor tensor = at::empty(header.shape, header.dtype);
    const auto wanted = static_cast<std::size_t>(size_bytes);
    const std::size_t found = file_.read(tensor.data_ptr(), wanted);
    if (found < wanted) fail_short(size_bytes, static_cast<std::int64_t>(found));
    return tensor;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::kInput, "cannot read " + name_ + ": " + why);
  }

  [[noreturn]] void fail_short(std::int64_t wanted, std::int64_t found) const {
    fail("cut short, " + std::to_string(found) + " of " + std::to_string(wanted) +
         " bytes of values are there");
  }

  // Compares with the file's size first, so that a damaged shape never becomes an allocation.
  std::int64_t checked_size_bytes(const std::vector<std::int64_t>& shape,
                                  c10::ScalarType dtype) const {
    auto size_bytes = static_cast<std::int64_t>(c10::elementSize(dtype));
    for (const std::int64_t extent : shape) {
      if (__builtin_mul_overflow(size_bytes, extent, &size_bytes)) fail("the shape is too large");
    }
    std::error_code failure;
    const std::uintmax_t file_bytes = std::filesystem::file_size(name_, failure);
    if (!failure && static_cast<std::int64_t>(file_bytes) - offset_bytes_ < size_bytes) {
      fail_short(size_bytes, static_cast<std::int64_t>(file_bytes) - offset_bytes_);
    }
    return size_bytes;
  }

  std::string name_;
  FileDescriptor file_;
  std::int64_t offset_bytes_ = 0;
};

class NpySink final : public DepthSink {
 public:
  explicit NpySink(const std::filesystem::path& file) : partial_(file), frames_(file) {}

  [[nodiscard]] std::string name() const override {
    return partial_.final_path().filename().string();
  }

  void begin(const DepthClipInfo& info) override {
    frames_.begin(info);
    file_ = FileDescriptor::open_to_write(partial_.path());
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
    partial_.finish();
  }

 private:
  PartialFile partial_;
  AnnouncedFrames frames_;
  FileDescriptor file_;
};

}  // namespace

at::Tensor read_npy(const std::filesystem::path& file) { return NpyReader(file).read(); }

void write_npy(const std::filesystem::path& file, const at::Tensor& tensor) {
  const at::Tensor values = tensor.to(at::kCPU).contiguous();
  const std::string header = npy_header(values.scalar_type(), values.sizes());
  PartialFile partial(file);
  FileDescriptor output = FileDescriptor::open_to_write(partial.path());
  output.write(header.data(), header.size());
  output.write(values.const_data_ptr(), values.nbytes());
  output.close();
  partial.finish();
}

std::unique_ptr<DepthSink> make_npy_sink(const std::filesystem::path& file) {
  return std::make_unique<NpySink>(file);
}

}  // namespace rollingdepth
