#include "nn/cpu/operations.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/Version.h>
#include <ATen/native/CPUBlas.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/silu.h>
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <type_traits>
#include <vector>

#include "nn/cpu/avx512.hpp"

namespace rollingdepth::cpu {
namespace {

constexpr std::int64_t kPixelsPerChunk = 128;  // Their sums are taken in float32, all above double.

/// Whether a product with a packed panel, as attention takes them, is right: small whole numbers,
/// which bfloat16 holds. Panels of bfloat16 have their rows in pairs.
template <class Number>
bool multiplies_right(std::int64_t columns, std::int64_t depth) {
  constexpr bool kInPairs = std::is_same_v<Number, at::BFloat16>;
  constexpr std::int64_t kRows = 32;
  constexpr std::int64_t kPanel = 64;
  const auto left = [](std::int64_t i, std::int64_t k) { return (3 * i + 5 * k) % 7 - 3; };
  const auto right = [](std::int64_t k, std::int64_t j) { return (k + 2 * j) % 5 - 2; };
  std::vector<Number> a(static_cast<std::size_t>(kRows * depth));
  std::vector<Number> b(static_cast<std::size_t>(depth * kPanel));
  std::vector<float> c(static_cast<std::size_t>(kRows * kPanel));
  for (std::int64_t k = 0; k < depth; ++k) {
    for (std::int64_t i = 0; i < kRows; ++i) {
      a[static_cast<std::size_t>(i * depth + k)] = static_cast<float>(left(i, k));
    }
    for (std::int64_t j = 0; j < columns; ++j) {
      const std::int64_t at = kInPairs ? k / 2 * 2 * kPanel + 2 * j + k % 2 : k * kPanel + j;
      b[static_cast<std::size_t>(at)] = static_cast<float>(right(k, j));
    }
  }
  at::native::cpublas::brgemm(kRows, columns, depth, depth, kPanel, kPanel, false, a.data(),
                              b.data(), c.data(), kInPairs);
  at::native::cpublas::brgemm_release(kInPairs);
  for (std::int64_t i = 0; i < kRows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      std::int64_t sum = 0;
      for (std::int64_t k = 0; k < depth; ++k) sum += left(i, k) * right(k, j);
      if (c[static_cast<std::size_t>(i * kPanel + j)] != static_cast<float>(sum)) return false;
    }
  }
  return true;
}

// ONEDNN_MAX_CPU_ISA cannot be asked for; a product that needs AVX-512 tells. Matrix units want the
// panels in the same order, which is asked of the ones that are here.
template <class Number>
bool multiplies_with_avx512() {
  try {
    return multiplies_right<Number>(64, 64) && multiplies_right<Number>(16, 30) &&
           multiplies_right<Number>(48, 512);
  } catch (const std::exception&) {  // oneDNN's, where it has no kernel for this processor.
    return false;
  }
}

/// Indices that threads take from, until all are done or one has failed.
struct SharedWork {
  const std::function<void(std::int64_t)>& body;
  std::int64_t count;
  std::atomic<std::int64_t> next = 0;
  std::mutex mutex = {};  ///< Of `error`.
  std::exception_ptr error = nullptr;

  void run() noexcept {
    try {
      for (std::int64_t i = next++; i < count; i = next++) body(i);
    } catch (...) {
      next = count;
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  }
};

/// What GCC compiles a parallel region to, in the OpenMP library that LibTorch brought along: its
/// threads are awake from the operators before. LibTorch's own at::parallel_for is a template, one
/// thread only where it is compiled without OpenMP, as here: a second OpenMP library beside that
/// one would bring threads of its own. Null where LibTorch has none.
using ParallelRegion = void (*)(void (*)(void*), void*, unsigned threads, unsigned flags);
ParallelRegion parallel_region() {
  static const auto region = reinterpret_cast<ParallelRegion>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  return region;
}

/// Per image and channel, what normalising comes to: x * factor + offset.
struct Normalisation {
  std::vector<float> factor;
  std::vector<float> offset;
};

struct Shape {
  std::int64_t images;
  std::int64_t channels;
  std::int64_t pixels;

  [[nodiscard]] std::int64_t chunks() const {
    return (pixels + kPixelsPerChunk - 1) / kPixelsPerChunk;
  }
  [[nodiscard]] std::int64_t chunk_pixels(std::int64_t chunk) const {
    return std::min(kPixelsPerChunk, pixels - chunk * kPixelsPerChunk);
  }
  /// Where a chunk of an image begins, in numbers; `task` counts the chunks of all images.
  [[nodiscard]] std::int64_t begin(std::int64_t task) const {
    return (task / chunks() * pixels + task % chunks() * kPixelsPerChunk) * channels;
  }
};

/// Sums and sums of squares [images, groups] in double, added up chunk by chunk.
struct Moments {
  std::vector<double> sum;
  std::vector<double> squares;
};

template <class Number>
Moments moments_of(const Number* x, const Shape& shape, std::int64_t groups) {
  const std::int64_t tasks = shape.images * shape.chunks();
  const std::int64_t channels = shape.channels;
  std::vector<float> sums(static_cast<std::size_t>(2 * tasks * channels), 0.0F);
  share(tasks, [&](std::int64_t task) {
    float* const sum = sums.data() + 2 * task * channels;
    avx512::add_moments(x + shape.begin(task), shape.chunk_pixels(task % shape.chunks()), channels,
                        sum, sum + channels);
  });
  Moments moments{std::vector<double>(static_cast<std::size_t>(shape.images * groups)),
                  std::vector<double>(static_cast<std::size_t>(shape.images * groups))};
  const std::int64_t width = channels / groups;
  for (std::int64_t task = 0; task < tasks; ++task) {
    const float* const sum = sums.data() + 2 * task * channels;
    const std::int64_t image = task / shape.chunks();
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto at = static_cast<std::size_t>(image * groups + c / width);
      moments.sum[at] += sum[c];
      moments.squares[at] += sum[channels + c];
    }
  }
  return moments;
}

Normalisation normalisation(const Moments& moments, const Shape& shape, std::int64_t groups,
                            const at::Tensor& weight, const at::Tensor& bias, double eps) {
  const std::int64_t width = shape.channels / groups;
  const double count = static_cast<double>(width * shape.pixels);
  const auto size = static_cast<std::size_t>(shape.images * shape.channels);
  Normalisation result{std::vector<float>(size), std::vector<float>(size)};
  for (std::int64_t i = 0; i < shape.images * shape.channels; ++i) {
    const std::int64_t channel = i % shape.channels;
    const auto group = static_cast<std::size_t>(i / shape.channels * groups + channel / width);
    const double mean = moments.sum[group] / count;
    const double variance = std::max(0.0, moments.squares[group] / count - mean * mean);
    const double gain = weight.defined() ? weight.const_data_ptr<float>()[channel] : 1.0;
    const double shift = bias.defined() ? bias.const_data_ptr<float>()[channel] : 0.0;
    const double factor = gain / std::sqrt(variance + eps);
    result.factor[static_cast<std::size_t>(i)] = static_cast<float>(factor);
    result.offset[static_cast<std::size_t>(i)] = static_cast<float>(shift - mean * factor);
  }
  return result;
}

template <class Number>
void normalise(const Number* x, const Shape& shape, const Normalisation& by, bool silu,
               Number* output) {
  share(shape.images * shape.chunks(), [&](std::int64_t task) {
    const std::int64_t first = task / shape.chunks() * shape.channels;
    avx512::scale_and_shift(x + shape.begin(task), shape.chunk_pixels(task % shape.chunks()),
                            shape.channels, by.factor.data() + first, by.offset.data() + first,
                            silu, output + shape.begin(task));
  });
}

at::Tensor in_float32(const std::optional<at::Tensor>& x) {
  return x && x->defined() ? x->to(at::kFloat).contiguous() : at::Tensor();
}

const avx512::Bfloat16* numbers(const at::Tensor& x, avx512::Bfloat16) {
  return static_cast<const avx512::Bfloat16*>(x.const_data_ptr());
}
const float* numbers(const at::Tensor& x, float) { return x.const_data_ptr<float>(); }

template <class Number>
Number* writable(at::Tensor& x) {
  return static_cast<Number*>(x.mutable_data_ptr());
}

template <class Number>
void gated_gelu_rows(const at::Tensor& x, at::Tensor& output) {
  const std::int64_t width = output.size(-1);
  const Number* const from = numbers(x, Number());
  Number* const to = writable<Number>(output);
  constexpr std::int64_t kRows = 16;
  const std::int64_t rows = output.numel() / std::max<std::int64_t>(1, width);
  share((rows + kRows - 1) / kRows, [&](std::int64_t part) {
    for (std::int64_t row = part * kRows; row < std::min(rows, (part + 1) * kRows); ++row) {
      avx512::gated_gelu(from + row * 2 * width, from + row * 2 * width + width, width,
                         to + row * width);
    }
  });
}

}  // namespace

bool has_fast_operations(c10::ScalarType dtype) {
  if (dtype != at::kFloat && dtype != at::kBFloat16) return false;
  if (!avx512::available(dtype == at::kBFloat16)) return false;
  static const bool allowed =
      at::globalContext().userEnabledMkldnn() && at::get_cpu_capability().starts_with("AVX512");
  if (!allowed) return false;
  static const bool float32 = multiplies_with_avx512<float>();
  if (dtype == at::kFloat) return float32;
  static const bool bfloat16 = multiplies_with_avx512<at::BFloat16>();
  return bfloat16;
}

std::string kernel_names(c10::ScalarType dtype) {
  std::string names = at::get_cpu_capability();
  std::transform(names.begin(), names.end(), names.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (dtype == at::kBFloat16 && has_fast_operations(dtype)) {
    names += "_bf16";
    if (avx512::has_matrix_units()) names += " amx";
  }
  // What oneDNN makes of the limit cannot be asked for, so that each counts as another.
  for (const char* const limit : {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"}) {
    const char* const value = std::getenv(limit);
    if (value == nullptr || *value == '\0') continue;
    names.append(" within ").append(limit).append("=").append(value);
    break;
  }
  return names;
}

void share(std::int64_t count, const std::function<void(std::int64_t)>& body) {
  const auto threads = std::min<std::int64_t>(count, at::get_num_threads());
  SharedWork work{body, count};
  if (threads <= 1 || at::in_parallel_region() || parallel_region() == nullptr) {
    work.run();
  } else {
    parallel_region()([](void* shared) { static_cast<SharedWork*>(shared)->run(); }, &work,
                      static_cast<unsigned>(threads), 0);
  }
  if (work.error) std::rethrow_exception(work.error);
}

at::Tensor normalize_groups(const at::Tensor& x, std::int64_t groups,
                            const std::optional<at::Tensor>& weight,
                            const std::optional<at::Tensor>& bias, double eps, bool silu) {
  const auto is_by_channel = [&](const std::optional<at::Tensor>& values) {
    return !values || !values->defined() || (values->dim() == 1 && values->numel() == x.size(1));
  };
  const bool fits = x.dim() == 4 && x.numel() > 0 && groups > 0 && x.size(1) % groups == 0 &&
                    is_by_channel(weight) && is_by_channel(bias);
  if (!fits || !has_fast_operations(x.scalar_type())) {
    const at::Tensor y = at::group_norm(x, groups, weight, bias, eps);
    return silu ? at::silu(y) : y;
  }
  const at::Tensor from = x.contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor to = at::empty_like(from, at::MemoryFormat::ChannelsLast);
  const Shape shape{x.size(0), x.size(1), x.size(2) * x.size(3)};
  const auto run = [&](auto zero) {
    const Moments moments = moments_of(numbers(from, zero), shape, groups);
    normalise(numbers(from, zero), shape,
              normalisation(moments, shape, groups, in_float32(weight), in_float32(bias), eps),
              silu, writable<decltype(zero)>(to));
  };
  if (x.scalar_type() == at::kFloat) {
    run(float());
  } else {
    run(avx512::Bfloat16());
  }
  return x.is_contiguous() ? to.contiguous() : to;
}

at::Tensor gated_gelu(const at::Tensor& x) {
  if (x.numel() == 0 || x.size(-1) % 2 != 0 || !has_fast_operations(x.scalar_type())) {
    const std::vector<at::Tensor> halves = x.chunk(2, -1);
    return halves.at(0) * at::gelu(halves.at(1));
  }
  const at::Tensor from = x.contiguous();
  std::vector<std::int64_t> sizes = from.sizes().vec();
  sizes.back() /= 2;
  at::Tensor to = at::empty(sizes, from.options());
  if (x.scalar_type() == at::kFloat) {
    gated_gelu_rows<float>(from, to);
  } else {
    gated_gelu_rows<avx512::Bfloat16>(from, to);
  }
  return to;
}

}  // namespace rollingdepth::cpu
