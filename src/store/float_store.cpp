#include "rollingdepth/store/float_store.hpp"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "rollingdepth/base/error.hpp"
#include "rollingdepth/base/file_descriptor.hpp"

namespace rollingdepth {
namespace {

// A file without a name: it is gone once closed, however the process ends.
FileDescriptor open_unnamed(const std::filesystem::path& folder) {
  const std::string shown = "the spool in " + folder.string();
#ifdef O_TMPFILE
  const int unnamed = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (unnamed >= 0) return {unnamed, shown};
#endif
  // Not every file system has files without a name; one that loses it at once does as well.
  std::string name = (folder / ".rollingdepth-spool-XXXXXX").string();
  const int named = ::mkstemp(name.data());
  if (named < 0) {
    throw Error(ErrorKind::kOutput,
                "cannot write " + shown + ": " + std::generic_category().message(errno));
  }
  ::unlink(name.c_str());
  return {named, shown};
}

std::int64_t checked_product(std::int64_t count, const std::vector<std::int64_t>& extents) {
  std::int64_t product = count;
  bool too_large = count < 0;
  for (const std::int64_t extent : extents) {
    too_large |= extent < 0 || __builtin_mul_overflow(product, extent, &product);
  }
  if (too_large) throw Error(ErrorKind::kFailed, "cannot make a store: its size is out of range");
  return product;
}

}  // namespace

struct FloatStore::Impl {
  std::int64_t count = 0;
  std::vector<std::int64_t> shape;
  std::int64_t rows = 1;  // Per record: the extent of its first axis.
  std::int64_t row_bytes = 0;
  std::vector<bool> written;  // [count * rows]
  // One of the two holds the values, record after record.
  std::unique_ptr<float[]> memory;
  FileDescriptor file;

  [[nodiscard]] std::vector<std::int64_t> row_shape() const {
    return shape.empty() ? shape : std::vector<std::int64_t>(shape.begin() + 1, shape.end());
  }

  // Position of a row, counted over the whole store.
  [[nodiscard]] std::int64_t first_row(std::int64_t index, std::int64_t row) const {
    if (index < 0 || index >= count || row < 0 || row >= rows) {
      throw Error(ErrorKind::kFailed, "a store of " + std::to_string(count) + " records of " +
                                          std::to_string(rows) + " rows has no row " +
                                          std::to_string(row) + " of record " +
                                          std::to_string(index));
    }
    return index * rows + row;
  }

  void put(std::int64_t first, std::int64_t row_count, const std::vector<std::int64_t>& sizes,
           const at::Tensor& values) {
    if (values.sizes() != c10::IntArrayRef(sizes) || values.scalar_type() != at::kFloat ||
        !values.device().is_cpu()) {
      throw Error(ErrorKind::kFailed, "a store takes float32 CPU tensors of its own shape only");
    }
    const at::Tensor packed = values.contiguous();
    if (memory) {
      std::memcpy(address(first), packed.const_data_ptr(), packed.nbytes());
    } else {
      file.write_at(packed.const_data_ptr(), packed.nbytes(), first * row_bytes);
    }
    for (std::int64_t row = first; row < first + row_count; ++row) {
      written[static_cast<std::size_t>(row)] = true;
    }
  }

  [[nodiscard]] at::Tensor get(std::int64_t first, std::int64_t row_count,
                               const std::vector<std::int64_t>& sizes) const {
    for (std::int64_t row = first; row < first + row_count; ++row) {
      if (!written[static_cast<std::size_t>(row)]) {
        throw Error(ErrorKind::kFailed,
                    "record " + std::to_string(row / rows) + " of a store was never written");
      }
    }
    at::Tensor values = at::empty(sizes, at::kFloat);
    if (memory) {
      std::memcpy(values.data_ptr(), address(first), values.nbytes());
    } else {
      file.read_at(values.data_ptr(), values.nbytes(), first * row_bytes);
    }
    return values;
  }

  [[nodiscard]] char* address(std::int64_t row) const {
    return reinterpret_cast<char*>(memory.get()) + row * row_bytes;
  }
};

FloatStore::FloatStore(SpoolPlace place, std::int64_t count, std::vector<std::int64_t> shape)
    : impl_(std::make_unique<Impl>()) {
  Impl& store = *impl_;
  store.count = count;
  store.shape = std::move(shape);
  store.rows = store.shape.empty() ? 1 : store.shape.front();
  store.row_bytes = checked_product(sizeof(float), store.row_shape());
  const std::int64_t total_bytes = checked_product(store.row_bytes, {count, store.rows});
  store.written.resize(static_cast<std::size_t>(count * store.rows));
  if (total_bytes <= place.memory_limit_bytes) {
    // Left uninitialised: pages that are never written then cost no memory.
    store.memory = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(total_bytes) /
                                                           sizeof(float));
  } else {
    store.file = open_unnamed(place.folder);
  }
}

FloatStore::~FloatStore() = default;
FloatStore::FloatStore(FloatStore&&) noexcept = default;
FloatStore& FloatStore::operator=(FloatStore&&) noexcept = default;

std::int64_t FloatStore::count() const { return impl_->count; }
const std::vector<std::int64_t>& FloatStore::shape() const { return impl_->shape; }
bool FloatStore::on_disk() const { return impl_->file.is_open(); }

void FloatStore::write(std::int64_t index, const at::Tensor& record) {
  impl_->put(impl_->first_row(index, 0), impl_->rows, impl_->shape, record);
}

void FloatStore::write_row(std::int64_t index, std::int64_t row, const at::Tensor& slice) {
  impl_->put(impl_->first_row(index, row), 1, impl_->row_shape(), slice);
}

at::Tensor FloatStore::read(std::int64_t index) const {
  return impl_->get(impl_->first_row(index, 0), impl_->rows, impl_->shape);
}

at::Tensor FloatStore::read_row(std::int64_t index, std::int64_t row) const {
  return impl_->get(impl_->first_row(index, row), 1, impl_->row_shape());
}

}  // namespace rollingdepth
