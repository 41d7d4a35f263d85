#include "nn/cpu/avx512.hpp"

#if defined(__x86_64__) && defined(__AVX512F__) && defined(__AVX512BF16__)
#define ROLLINGDEPTH_AVX512 1
#include <cpuid.h>
#include <immintrin.h>

#include <cstddef>
#else
#include <cstdlib>
#endif

namespace rollingdepth::avx512 {

#ifdef ROLLINGDEPTH_AVX512

namespace {

constexpr std::int64_t kLanes = 16;
constexpr float kLog2E = 1.44269504F;

__mmask16 first_lanes(std::int64_t count) {
  return count >= kLanes ? static_cast<__mmask16>(0xFFFF)
                         : static_cast<__mmask16>((1U << static_cast<unsigned>(count)) - 1U);
}

__m512 load(const float* from, __mmask16 lanes) { return _mm512_maskz_loadu_ps(lanes, from); }

__m512 load(const Bfloat16* from, __mmask16 lanes) {
  const __m512i wide = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, from));
  return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

void store(float* to, __mmask16 lanes, __m512 x) { _mm512_mask_storeu_ps(to, lanes, x); }

void store(Bfloat16* to, __mmask16 lanes, __m512 x) {
  _mm256_mask_storeu_epi16(to, lanes, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)));
}

// 2^x for x in [-150, 127]; further down the result is 0. The whole part goes into the exponent,
// the rest, a half at most, into the polynomial 1 + ... of least relative error, highest power
// first.
template <std::size_t Count>
__m512 exp2_by(const float (&coefficients)[Count], __m512 x) {
  const __m512 whole = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 rest = _mm512_sub_ps(x, whole);
  __m512 y = _mm512_set1_ps(coefficients[0]);
  for (std::size_t i = 1; i < Count; ++i) {
    y = _mm512_fmadd_ps(y, rest, _mm512_set1_ps(coefficients[i]));
  }
  return _mm512_scalef_ps(_mm512_fmadd_ps(y, rest, _mm512_set1_ps(1.0F)), whole);
}

// Relative error below 2e-7.
__m512 exp2(__m512 x) {
  constexpr float kCoefficients[] = {1.3264726e-3F, 9.6715130e-3F, 5.5507336e-2F, 2.4022242e-1F,
                                     6.9314700e-1F};
  return exp2_by(kCoefficients, x);
}

// For weights that end in bfloat16: relative error below 4e-6, a thousandth of its step.
__m512 coarse_exp2(__m512 x) {
  constexpr float kCoefficients[] = {9.5828520e-3F, 5.5906426e-2F, 2.4024099e-1F, 6.9312418e-1F};
  return exp2_by(kCoefficients, x);
}

template <class Number>
__m512 weight_exp2(__m512 x) {
  return sizeof(Number) == sizeof(float) ? exp2(x) : coarse_exp2(x);
}

__m512 reciprocal(__m512 x) {
  const __m512 y = _mm512_rcp14_ps(x);
  return _mm512_mul_ps(y, _mm512_fnmadd_ps(x, y, _mm512_set1_ps(2.0F)));
}

// x / (1 + exp(-x)). Below -87 the exponential would overflow and the product be 0 times infinity.
__m512 silu(__m512 x) {
  const __m512 bounded = _mm512_max_ps(x, _mm512_set1_ps(-87.0F));
  const __m512 e = exp2(_mm512_mul_ps(bounded, _mm512_set1_ps(-kLog2E)));
  return _mm512_mul_ps(x, reciprocal(_mm512_add_ps(_mm512_set1_ps(1.0F), e)));
}

// Absolute error below 2e-7. Source: Abramowitz & Stegun, Handbook of Mathematical Functions,
// 7.1.26.
__m512 erf(__m512 x) {
  const __m512 size = _mm512_abs_ps(x);
  const __m512 t =
      reciprocal(_mm512_fmadd_ps(size, _mm512_set1_ps(0.3275911F), _mm512_set1_ps(1.0F)));
  __m512 y = _mm512_set1_ps(1.061405429F);
  y = _mm512_fmadd_ps(y, t, _mm512_set1_ps(-1.453152027F));
  y = _mm512_fmadd_ps(y, t, _mm512_set1_ps(1.421413741F));
  y = _mm512_fmadd_ps(y, t, _mm512_set1_ps(-0.284496736F));
  y = _mm512_fmadd_ps(y, t, _mm512_set1_ps(0.254829592F));
  const __m512 e = exp2(_mm512_mul_ps(_mm512_mul_ps(size, size), _mm512_set1_ps(-kLog2E)));
  y = _mm512_fnmadd_ps(_mm512_mul_ps(y, t), e, _mm512_set1_ps(1.0F));
  const __mmask16 negative = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
  return _mm512_mask_sub_ps(y, negative, _mm512_setzero_ps(), y);
}

float largest(const float* row, std::int64_t columns, float before) {
  __m512 most = _mm512_set1_ps(before);
  std::int64_t i = 0;
  for (; i + kLanes <= columns; i += kLanes) {
    most = _mm512_max_ps(most, _mm512_loadu_ps(row + i));
  }
  const __mmask16 rest = first_lanes(columns - i);
  if (i < columns) most = _mm512_mask_max_ps(most, rest, most, load(row + i, rest));
  return _mm512_reduce_max_ps(most);
}

// exp2(factor * score - offset) of a row of scores; @return their sum, before they are rounded.
template <class Number>
float exponentials(const float* row, std::int64_t columns, float factor, float offset,
                   Number* weights) {
  const __m512 by = _mm512_set1_ps(factor);
  const __m512 less = _mm512_set1_ps(offset);
  __m512 sum = _mm512_setzero_ps();
  std::int64_t i = 0;
  for (; i + kLanes <= columns; i += kLanes) {
    const __m512 w = weight_exp2<Number>(_mm512_fmsub_ps(_mm512_loadu_ps(row + i), by, less));
    sum = _mm512_add_ps(sum, w);
    store(weights + i, 0xFFFF, w);
  }
  if (i < columns) {
    const __mmask16 rest = first_lanes(columns - i);
    const __m512 w = _mm512_maskz_mov_ps(
        rest, weight_exp2<Number>(_mm512_fmsub_ps(load(row + i, rest), by, less)));
    sum = _mm512_add_ps(sum, w);
    const std::int64_t padding = sizeof(Number) < sizeof(float) ? columns % 2 : 0;
    store(weights + i, first_lanes(columns - i + padding), w);
  }
  return _mm512_reduce_add_ps(sum);
}

}  // namespace

bool available(bool bf16) {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         (!bf16 || __builtin_cpu_supports("avx512bf16") != 0);
}

bool has_matrix_units() {
  constexpr unsigned kExtendedFeatures = 7, kAmxBf16 = 1U << 22;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(kExtendedFeatures, 0, &a, &b, &c, &d) != 0 && (d & kAmxBf16) != 0;
}

template <class Number>
void softmax_block(const float* scores, std::int64_t rows, std::int64_t columns,
                   std::int64_t stride, float scale, float* most, float* sum, float* kept,
                   Number* weights, std::int64_t weight_stride) {
  const float factor = scale * kLog2E;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* const row = scores + r * stride;
    const float now = largest(row, columns, most[r]);
    const __m512 change = exp2(_mm512_set1_ps(factor * (most[r] - now)));
    kept[r] = _mm512_cvtss_f32(change);
    most[r] = now;
    sum[r] = sum[r] * kept[r] +
             exponentials(row, columns, factor, factor * now, weights + r * weight_stride);
  }
}

void scale_rows(float* values, const float* factors, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t r = 0; r < rows; ++r) {
    if (factors[r] == 1.0F) continue;
    const __m512 factor = _mm512_set1_ps(factors[r]);
    float* const row = values + r * columns;
    for (std::int64_t i = 0; i < columns; i += kLanes) {
      const __mmask16 lanes = first_lanes(columns - i);
      store(row + i, lanes, _mm512_mul_ps(load(row + i, lanes), factor));
    }
  }
}

template <class Number>
void divide_rows(const float* values, std::int64_t value_stride, const float* divisors,
                 std::int64_t rows, std::int64_t columns, Number* output, std::int64_t stride) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const __m512 factor = _mm512_set1_ps(1.0F / divisors[r]);
    for (std::int64_t i = 0; i < columns; i += kLanes) {
      const __mmask16 lanes = first_lanes(columns - i);
      store(output + r * stride + i, lanes,
            _mm512_mul_ps(load(values + r * value_stride + i, lanes), factor));
    }
  }
}

template <class Number>
void add_moments(const Number* pixels, std::int64_t count, std::int64_t channels, float* sum,
                 float* squares) {
  // Two registers of channels at a time stay in registers over all pixels of the call.
  for (std::int64_t c = 0; c < channels; c += 2 * kLanes) {
    const __mmask16 low = first_lanes(channels - c);
    const __mmask16 high = channels - c > kLanes ? first_lanes(channels - c - kLanes) : 0;
    __m512 sum_low = load(sum + c, low);
    __m512 sum_high = load(sum + c + kLanes, high);
    __m512 squares_low = load(squares + c, low);
    __m512 squares_high = load(squares + c + kLanes, high);
    for (std::int64_t p = 0; p < count; ++p) {
      const Number* const at = pixels + p * channels + c;
      const __m512 x = load(at, low);
      const __m512 y = load(at + kLanes, high);
      sum_low = _mm512_add_ps(sum_low, x);
      sum_high = _mm512_add_ps(sum_high, y);
      squares_low = _mm512_fmadd_ps(x, x, squares_low);
      squares_high = _mm512_fmadd_ps(y, y, squares_high);
    }
    store(sum + c, low, sum_low);
    store(sum + c + kLanes, high, sum_high);
    store(squares + c, low, squares_low);
    store(squares + c + kLanes, high, squares_high);
  }
}

template <class Number>
void scale_and_shift(const Number* pixels, std::int64_t count, std::int64_t channels,
                     const float* factor, const float* offset, bool with_silu, Number* output) {
  for (std::int64_t p = 0; p < count; ++p) {
    const Number* const from = pixels + p * channels;
    Number* const to = output + p * channels;
    for (std::int64_t c = 0; c < channels; c += kLanes) {
      const __mmask16 lanes = first_lanes(channels - c);
      __m512 y =
          _mm512_fmadd_ps(load(from + c, lanes), load(factor + c, lanes), load(offset + c, lanes));
      if (with_silu) y = silu(y);
      store(to + c, lanes, y);
    }
  }
}

template <class Number>
void gated_gelu(const Number* values, const Number* gates, std::int64_t count, Number* output) {
  const __m512 half = _mm512_set1_ps(0.5F);
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const __mmask16 lanes = first_lanes(count - i);
    const __m512 gate = load(gates + i, lanes);
    const __m512 share =
        _mm512_fmadd_ps(erf(_mm512_mul_ps(gate, _mm512_set1_ps(0.70710678F))), half, half);
    store(output + i, lanes, _mm512_mul_ps(load(values + i, lanes), _mm512_mul_ps(gate, share)));
  }
}

#else  // Never called: available() says no.

bool available(bool) { return false; }
bool has_matrix_units() { return false; }
template <class Number>
void softmax_block(const float*, std::int64_t, std::int64_t, std::int64_t, float, float*, float*,
                   float*, Number*, std::int64_t) {
  std::abort();
}
void scale_rows(float*, const float*, std::int64_t, std::int64_t) { std::abort(); }
template <class Number>
void divide_rows(const float*, std::int64_t, const float*, std::int64_t, std::int64_t, Number*,
                 std::int64_t) {
  std::abort();
}
template <class Number>
void add_moments(const Number*, std::int64_t, std::int64_t, float*, float*) {
  std::abort();
}
template <class Number>
void scale_and_shift(const Number*, std::int64_t, std::int64_t, const float*, const float*, bool,
                     Number*) {
  std::abort();
}
template <class Number>
void gated_gelu(const Number*, const Number*, std::int64_t, Number*) {
  std::abort();
}

#endif

#define ROLLINGDEPTH_FOR(Number)                                                                  \
  template void softmax_block(const float*, std::int64_t, std::int64_t, std::int64_t, float,      \
                              float*, float*, float*, Number*, std::int64_t);                     \
  template void divide_rows(const float*, std::int64_t, const float*, std::int64_t, std::int64_t, \
                            Number*, std::int64_t);                                               \
  template void add_moments(const Number*, std::int64_t, std::int64_t, float*, float*);           \
  template void scale_and_shift(const Number*, std::int64_t, std::int64_t, const float*,          \
                                const float*, bool, Number*);                                     \
  template void gated_gelu(const Number*, const Number*, std::int64_t, Number*);
ROLLINGDEPTH_FOR(float)
ROLLINGDEPTH_FOR(Bfloat16)
#undef ROLLINGDEPTH_FOR

}  // namespace rollingdepth::avx512
