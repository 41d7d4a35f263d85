#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// What networks compute between their products, in fewer passes over memory than LibTorch's own
/// operators take: float32 and bfloat16 on CPU, sums and exponentials in float32, the same bits for
/// any number of threads. Where has_fast_operations() says no, and for shapes not named here,
/// LibTorch's operators do the same. Thread-safe.
namespace rollingdepth::cpu {

/// Whether the functions below are their own for `dtype`: the processor has AVX-512 (with
/// bfloat16's products where `dtype` is bfloat16), and neither ATEN_CPU_CAPABILITY nor
/// ONEDNN_MAX_CPU_ISA forbids its use.
bool has_fast_operations(c10::ScalarType dtype);

/// What computes networks of `dtype` here, by the instructions that it takes: "avx512_bf16",
/// "avx2", with matrix units "avx512_bf16 amx", and what ONEDNN_MAX_CPU_ISA holds back. Where it is
/// the same, so are the bits of a result.
std::string kernel_names(c10::ScalarType dtype);

/// Calls body(0) to body(count - 1) from LibTorch's threads; whoever is free takes the next.
void share(std::int64_t count, const std::function<void(std::int64_t)>& body);

/// softmax(q kᵀ / sqrt(d)) v with scores that never leave the processor's cache.
/// @param q [B, H, T, d]; d even for bfloat16. @param k, v [B, H, S, d] of q's dtype.
/// @return  [B, H, T, d], in memory [B, T, H, d], so that joining the heads copies nothing.
/// Source: Dao et al. 2022, "FlashAttention", algorithm 1, tiled for a processor's second cache.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

/// GroupNorm over `groups` groups of channels, and x * sigmoid(x) of that where `silu` is set.
/// @param x [N, C, H, W], any layout; channels-last needs no copy. @param weight, bias [C], x's
///          dtype or none. @return [N, C, H, W], dense where x is, else channels-last.
/// Source: Wu & He 2018, "Group Normalization", equations 1 to 6.
at::Tensor normalize_groups(const at::Tensor& x, std::int64_t groups,
                            const std::optional<at::Tensor>& weight,
                            const std::optional<at::Tensor>& bias, double eps, bool silu);

/// First half * gelu(second half) of the last dimension. x [..., 2n] -> [..., n].
/// Source: Shazeer 2020, "GLU Variants Improve Transformer", section 2, GEGLU.
at::Tensor gated_gelu(const at::Tensor& x);

}  // namespace rollingdepth::cpu
