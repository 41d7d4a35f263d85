#pragma once

#include <ATen/core/Tensor.h>
#include <torch/custom_class.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

/// Layers with constant weights, which oneDNN gets in the order in which it multiplies them: packed
/// once, at the first call, instead of at every call. The plain weights are given up then. Results
/// are those of the plain layers within rounding, and of convolutions mostly to the bit; where a
/// tensor is added, one rounding is less. They do not depend on the calls before. Thread-safe.
namespace rollingdepth::cpu {

/// A convolution. Its weights are packed anew where pictures of another size come.
class Convolution : public torch::CustomClassHolder {
 public:
  struct Settings {
    std::vector<std::int64_t> stride;
    std::vector<std::int64_t> padding;
    std::vector<std::int64_t> dilation;
    std::int64_t groups = 1;
  };

  /// @param weight [O, I / groups, h, w]. @param bias [O], contiguous, or none.
  /// REQUIRES: `settings` have two numbers each.
  Convolution(at::Tensor weight, std::optional<at::Tensor> bias, Settings settings);

  /// x [N, I, H, W] of the weight's type -> [N, O, H', W'], of x's layout; `other`, which spreads
  /// to that shape, is added. @throws c10::Error for another x, telling its shape.
  at::Tensor run(const at::Tensor& x, const std::optional<at::Tensor>& other);

 private:
  [[nodiscard]] std::vector<std::int64_t> output_sizes(c10::IntArrayRef input) const;
  at::Tensor weight_for(c10::IntArrayRef sizes);

  std::mutex mutex_;  ///< Of the two below.
  at::Tensor weight_;
  std::vector<std::int64_t> packed_for_;  ///< [C, H, W] of the input; empty: not packed.
  c10::ScalarType dtype_;
  std::int64_t inputs_;
  std::int64_t outputs_;
  std::vector<std::int64_t> kernel_;  ///< [height, width].
  std::optional<at::Tensor> bias_;
  Settings settings_;
};

/// x Wᵀ + b.
class Linear : public torch::CustomClassHolder {
 public:
  /// @param weight [O, I]. @param bias [O], contiguous, or none.
  Linear(at::Tensor weight, std::optional<at::Tensor> bias)
      : weight_(std::move(weight)),
        dtype_(weight_.scalar_type()),
        inputs_(weight_.size(1)),
        outputs_(weight_.size(0)),
        bias_(std::move(bias)) {}

  /// x [..., I] of the weight's type -> [..., O]; `other`, which spreads to that shape, is added.
  /// @throws c10::Error for another x, telling its shape.
  at::Tensor run(const at::Tensor& x, const std::optional<at::Tensor>& other);

 private:
  at::Tensor packed_weight();

  std::mutex mutex_;  ///< Of the two below.
  at::Tensor weight_;
  bool packed_ = false;
  c10::ScalarType dtype_;
  std::int64_t inputs_;
  std::int64_t outputs_;
  std::optional<at::Tensor> bias_;
};

/// Makes the layers and operations of this folder known to TorchScript, as `rollingdepth_cpu::`
/// operators. Once is enough.
void register_operators();

}  // namespace rollingdepth::cpu
