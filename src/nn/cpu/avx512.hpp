#pragma once

#include <cstdint>

/// Inner loops for processors with AVX-512, on plain memory. Nothing of LibTorch is seen here, so
/// that no inline function of its headers is compiled for a processor that may not be there.
/// `Number` is float or Bfloat16 throughout; sums and exponentials are computed in float32.
namespace rollingdepth::avx512 {

/// A bfloat16's bits.
using Bfloat16 = std::uint16_t;

/// Whether this processor, and this build, run the functions below: all of them with `bf16`,
/// those on float without.
bool available(bool bf16);

/// Whether the processor has matrix units for bfloat16 (AMX), which LibTorch's products then take.
bool has_matrix_units();

/// One block of scores [rows, columns], row-major with `stride`, as weights of a running softmax.
/// `most` [rows] holds the largest score seen, `sum` [rows] the sum of weights; both are brought up
/// to date, and `kept` [rows] receives what earlier weights have to be multiplied with.
/// `weights` [rows, columns] receives exp(scale * (score - most)), in rows of `weight_stride`; in
/// bfloat16 an odd number of columns is followed by a 0. REQUIRES: scale > 0.
/// Source: Milakov & Gimelshein 2018, "Online normalizer calculation for softmax", algorithm 3.
template <class Number>
void softmax_block(const float* scores, std::int64_t rows, std::int64_t columns,
                   std::int64_t stride, float scale, float* most, float* sum, float* kept,
                   Number* weights, std::int64_t weight_stride);

/// row *= factor, for each row [columns] of `values` [rows, columns] whose factor is not 1.
void scale_rows(float* values, const float* factors, std::int64_t rows, std::int64_t columns);

/// output row = row / divisor, for `rows` rows of `columns`, `value_stride` and `stride` apart.
template <class Number>
void divide_rows(const float* values, std::int64_t value_stride, const float* divisors,
                 std::int64_t rows, std::int64_t columns, Number* output, std::int64_t stride);

/// Adds to `sum` and `squares` [channels] the values and squares of `pixels` [count, channels].
template <class Number>
void add_moments(const Number* pixels, std::int64_t count, std::int64_t channels, float* sum,
                 float* squares);

/// output = pixels * factor + offset, by channel, and of that x * sigmoid(x) where `silu` is set.
/// Both are [count, channels]; they may be the same.
template <class Number>
void scale_and_shift(const Number* pixels, std::int64_t count, std::int64_t channels,
                     const float* factor, const float* offset, bool silu, Number* output);

/// output = values * gelu(gates), each of `count` numbers; gelu(x) = x/2 * (1 + erf(x / sqrt(2))).
template <class Number>
void gated_gelu(const Number* values, const Number* gates, std::int64_t count, Number* output);

}  // namespace rollingdepth::avx512
