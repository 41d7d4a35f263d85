#include "media/npy.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <bit>
#include <string>

#include "base/partial_file.hpp"
#include "rollingdepth/error.hpp"

static_assert(std::endian::native == std::endian::little, ".npy values are written as they lie");

namespace rollingdepth {
NpyFile::NpyFile(const std::filesystem::path& file)
    : name_(file.string()), file_(FileDescriptor::open_to_read(file)) {
  header_ = read_npy_header(
      name_, [this](void* buffer, std::size_t size) { return file_.read(buffer, size); });
  check_size();
}

at::Tensor NpyFile::values(c10::IntArrayRef shape) {
  at::Tensor tensor = at::empty(shape, header_.dtype);
  const std::size_t found = file_.read(tensor.data_ptr(), tensor.nbytes());
  done_bytes_ += static_cast<std::int64_t>(found);
  if (found < tensor.nbytes()) fail_short(done_bytes_);
  return tensor;
}

// Compares with the file's size first, so that a damaged shape never becomes an allocation.
void NpyFile::check_size() const {
  if (!header_.value_bytes()) fail("the shape is too large");
  std::error_code failure;
  const std::uintmax_t file_bytes = std::filesystem::file_size(name_, failure);
  const std::int64_t found = static_cast<std::int64_t>(file_bytes) - header_.size_bytes;
  if (!failure && found < header_.value_bytes()) fail_short(found);
}

void NpyFile::fail(const std::string& why) const {
  throw Error(ErrorKind::kInput, "cannot read " + name_ + ": " + why);
}

void NpyFile::fail_short(std::int64_t found_bytes) const {
  fail("cut short, " + std::to_string(found_bytes) + " of " +
       std::to_string(*header_.value_bytes()) + " bytes of values are there");
}

at::Tensor read_npy(const std::filesystem::path& file) {
  NpyFile npy(file);
  return npy.values(npy.header().shape);
}

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

}  // namespace rollingdepth
