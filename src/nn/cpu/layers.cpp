#include "nn/cpu/layers.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <sys/mman.h>
#include <torch/library.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "nn/cpu/operations.hpp"

namespace rollingdepth::cpu {
namespace {

using Scalars = torch::List<std::optional<at::Scalar>>;
using Text = std::optional<std::string_view>;
using OptionalTensor = std::optional<at::Tensor>;

template <class Signature>
auto operator_handle(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const OptionalTensor& bias,
                    const Convolution::Settings& settings, const OptionalTensor& other) {
  if (!other) {
    static const auto plain = operator_handle<at::Tensor(
        const at::Tensor&, const at::Tensor&, const OptionalTensor&, at::IntArrayRef,
        at::IntArrayRef, at::IntArrayRef, std::int64_t, std::string_view, Scalars, Text)>(
        "mkldnn::_convolution_pointwise");
    return plain.call(x, weight, bias, settings.padding, settings.stride, settings.dilation,
                      settings.groups, "none", Scalars(), std::nullopt);
  }
  static const auto with_sum = operator_handle<at::Tensor(
      const at::Tensor&, const at::Tensor&, const at::Tensor&, const OptionalTensor&,
      at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t, std::string_view,
      std::optional<at::Scalar>, Text, Scalars, Text)>("mkldnn::_convolution_pointwise", "binary");
  return with_sum.call(x, *other, weight, bias, settings.padding, settings.stride,
                       settings.dilation, settings.groups, "add", 1.0, std::nullopt, Scalars(),
                       std::nullopt);
}

at::Tensor multiply(const at::Tensor& x, const at::Tensor& weight, const OptionalTensor& bias,
                    const OptionalTensor& other) {
  if (!other) {
    static const auto plain =
        operator_handle<at::Tensor(const at::Tensor&, const at::Tensor&, const OptionalTensor&,
                                   std::string_view, Scalars, Text)>("mkldnn::_linear_pointwise");
    return plain.call(x, weight, bias, "none", Scalars(), std::nullopt);
  }
  static const auto with_sum =
      operator_handle<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                 const OptionalTensor&, std::string_view)>(
          "mkldnn::_linear_pointwise", "binary");
  return with_sum.call(x, *other, weight, bias, "add");
}

/// Whether a layer can add `other` to its output of these sizes: nothing is spread, nothing
/// converted.
bool is_addend(const at::Tensor& other, const at::Tensor& x, c10::IntArrayRef output_sizes) {
  return other.sizes() == output_sizes && other.scalar_type() == x.scalar_type();
}

/// Frees a weight that nobody else has, its pages at once. Freed to the heap alone they would stay,
/// in holes that packed weights, a little larger, do not fit into.
void give_up(at::Tensor weight) {
#ifdef __linux__
  if (weight.is_mkldnn() || weight.use_count() != 1 || weight.storage().use_count() != 1) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(weight.storage().mutable_data());
  const std::uintptr_t first = (begin + page - 1) / page * page;
  const std::uintptr_t end = (begin + weight.storage().nbytes()) / page * page;
  if (first < end) ::madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
#endif
}

// The order of packed weights, and with it that of a sum, depends on how much is multiplied. It is
// asked for these, whatever comes first, so that what a process has computed before moves no bit.
constexpr std::int64_t kFramesPackedFor = 1;
constexpr std::int64_t kRowsPackedFor = 1024;

}  // namespace

Convolution::Convolution(at::Tensor weight, OptionalTensor bias, Settings settings)
    : weight_(std::move(weight)),
      dtype_(weight_.scalar_type()),
      inputs_(weight_.size(1) * settings.groups),
      outputs_(weight_.size(0)),
      kernel_(weight_.sizes().slice(2).vec()),
      bias_(std::move(bias)),
      settings_(std::move(settings)) {}

at::Tensor Convolution::weight_for(c10::IntArrayRef sizes) {
  const std::lock_guard lock(mutex_);
  const c10::IntArrayRef picture = sizes.slice(1);
  if (picture == c10::IntArrayRef(packed_for_)) return weight_;
  static const auto pack =
      operator_handle<at::Tensor(const at::Tensor&, at::IntArrayRef, at::IntArrayRef,
                                 at::IntArrayRef, std::int64_t, at::OptionalIntArrayRef)>(
          "mkldnn::_reorder_convolution_weight");
  std::vector<std::int64_t> packed_sizes = sizes.vec();
  packed_sizes[0] = kFramesPackedFor;
  at::Tensor packed =
      pack.call(weight_.is_mkldnn() ? weight_.to_dense() : weight_, settings_.padding,
                settings_.stride, settings_.dilation, settings_.groups, packed_sizes);
  give_up(std::exchange(weight_, std::move(packed)));
  packed_for_ = picture.vec();
  return weight_;
}

std::vector<std::int64_t> Convolution::output_sizes(c10::IntArrayRef input) const {
  std::vector<std::int64_t> sizes = {input[0], outputs_};
  for (const std::size_t axis : {0, 1}) {
    const std::int64_t reach = settings_.dilation[axis] * (kernel_[axis] - 1) + 1;
    sizes.push_back(
        (input[axis + 2] + 2 * settings_.padding[axis] - reach) / settings_.stride[axis] + 1);
  }
  return sizes;
}

at::Tensor Convolution::run(const at::Tensor& x, const OptionalTensor& other) {
  if (x.dim() == 3) {
    const at::Tensor y = run(x.unsqueeze(0), std::nullopt).squeeze(0);
    return other ? *other + y : y;
  }
  // oneDNN would say only that it could not create a primitive.
  TORCH_CHECK(x.dim() == 4 && x.size(1) == inputs_ && x.scalar_type() == dtype_,
              "a convolution of ", inputs_, " channels in ", dtype_, " got a tensor of shape ",
              x.sizes(), " in ", x.scalar_type());
  const std::vector<std::int64_t> sizes = output_sizes(x.sizes());
  TORCH_CHECK(sizes[2] > 0 && sizes[3] > 0, "a convolution of ", c10::IntArrayRef(kernel_),
              " pixels does not fit into a tensor of shape ", x.sizes());
  if (other) {
    // LibTorch's wrapper fails at the layout of a picture of one row or column.
    const bool has_layout =
        sizes[2] > 1 && sizes[3] > 1 && other->is_contiguous(x.suggest_memory_format());
    if (!has_layout || !is_addend(*other, x, sizes)) return *other + run(x, std::nullopt);
  }
  return convolve(x, weight_for(x.sizes()), bias_, settings_, other);
}

at::Tensor Linear::packed_weight() {
  const std::lock_guard lock(mutex_);
  if (!packed_) {
    static const auto pack =
        operator_handle<at::Tensor(const at::Tensor&, std::optional<std::int64_t>)>(
            "mkldnn::_reorder_linear_weight");
    at::Tensor packed = pack.call(weight_, kRowsPackedFor);
    give_up(std::exchange(weight_, std::move(packed)));
    packed_ = true;
  }
  return weight_;
}

at::Tensor Linear::run(const at::Tensor& x, const OptionalTensor& other) {
  TORCH_CHECK(x.dim() > 0 && x.size(-1) == inputs_ && x.scalar_type() == dtype_,
              "a linear layer of ", inputs_, " inputs in ", dtype_, " got a tensor of shape ",
              x.sizes(), " in ", x.scalar_type());
  std::vector<std::int64_t> sizes = x.sizes().vec();
  sizes.back() = outputs_;
  if (other && !is_addend(*other, x, sizes)) return *other + run(x, std::nullopt);
  const at::Tensor rows = x.reshape({-1, x.size(-1)});
  OptionalTensor addend;
  if (other) addend = other->reshape({-1, outputs_});
  return multiply(rows, packed_weight(), bias_, addend).view(sizes);
}

namespace {

torch::Library make_library() {
  torch::Library library(torch::Library::DEF, "rollingdepth_cpu", std::nullopt, __FILE__, __LINE__);
  library.class_<Convolution>("Convolution");
  library.class_<Linear>("Linear");
  library.def(
      "convolve(Tensor x, __torch__.torch.classes.rollingdepth_cpu.Convolution layer, "
      "Tensor? other) -> Tensor",
      [](const at::Tensor& x, const c10::intrusive_ptr<Convolution>& layer,
         const OptionalTensor& other) { return layer->run(x, other); });
  library.def(
      "multiply(Tensor x, __torch__.torch.classes.rollingdepth_cpu.Linear layer, "
      "Tensor? other) -> Tensor",
      [](const at::Tensor& x, const c10::intrusive_ptr<Linear>& layer,
         const OptionalTensor& other) { return layer->run(x, other); });
  library.def("attention(Tensor q, Tensor k, Tensor v) -> Tensor", &attention);
  library.def("gated_gelu(Tensor x) -> Tensor", &gated_gelu);
  library.def(
      "group_norm(Tensor x, int groups, Tensor? weight, Tensor? bias, float eps, bool silu) -> "
      "Tensor",
      &normalize_groups);
  return library;
}

}  // namespace

void register_operators() { static const torch::Library library = make_library(); }

}  // namespace rollingdepth::cpu
