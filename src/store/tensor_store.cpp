#include "store/tensor_store.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>

#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

std::size_t bytes_of(const std::vector<std::int64_t>& shape, at::ScalarType dtype) {
  std::int64_t bytes = static_cast<std::int64_t>(c10::elementSize(dtype));
  bool too_large = false;
  for (const std::int64_t extent : shape) {
    too_large |= extent < 1 || __builtin_mul_overflow(bytes, extent, &bytes);
  }
  if (too_large) throw Error(ErrorKind::kFailed, "cannot make a store: its size is out of range");
  return static_cast<std::size_t>(bytes);
}

}  // namespace

TensorStore::TensorStore(Spool& spool, const std::string& name, std::vector<std::int64_t> shape,
                         at::ScalarType dtype)
    : name_(name),
      shape_(std::move(shape)),
      dtype_(dtype),
      records_(spool, name, bytes_of(shape_, dtype)) {}

void TensorStore::write(std::int64_t index, const at::Tensor& tensor) {
  if (tensor.sizes() != c10::IntArrayRef(shape_) || tensor.scalar_type() != dtype_) {
    throw Error(ErrorKind::kFailed,
                "the store '" + name_ + "' takes tensors of its own shape and dtype only");
  }
  const at::Tensor packed = tensor.cpu().contiguous();
  records_.write(index, {static_cast<const std::byte*>(packed.const_data_ptr()), packed.nbytes()});
}

std::optional<at::Tensor> TensorStore::find(std::int64_t index) const {
  at::Tensor tensor = at::empty(shape_, dtype_);
  if (!records_.read(index, {static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()})) {
    return std::nullopt;
  }
  return tensor;
}

at::Tensor TensorStore::read(std::int64_t index) const {
  if (auto tensor = find(index)) return *std::move(tensor);
  throw MissingRecord("cannot read record " + std::to_string(index) + " of the spool '" + name_ +
                      "': it is missing or damaged");
}

bool TensorStore::has_all(std::int64_t first, std::int64_t last) const {
  while (first < last && has(first)) ++first;
  return first == last;
}

bool TensorStore::are_whole(std::int64_t first, std::int64_t last) const {
  while (first < last && is_whole(first)) ++first;
  return first == last;
}

at::Tensor TensorStore::read_all(const std::vector<std::int64_t>& indices) const {
  std::vector<at::Tensor> tensors;
  for (const std::int64_t index : indices) tensors.push_back(read(index));
  return at::stack(tensors);
}

}  // namespace rollingdepth
