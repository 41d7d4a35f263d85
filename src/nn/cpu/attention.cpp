#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "avx512.hpp"
#include "operations.hpp"

namespace rollingdepth::cpu {
namespace {

// A block of queries, and of keys with which its scores, keys and values stay in the second cache.
constexpr std::int64_t kQueries = 128;
constexpr std::int64_t kMostKeys = 512;
constexpr std::int64_t kNumbersOfKeys = 1 << 15;
constexpr float kBelowAllScores = -1e30F;  // Finite: the difference of two infinities is no number.

// Up to here, as with the two keys of an empty prompt, preparing the products would not pay.
constexpr std::int64_t kFewKeys = 32;

/// Sizes of one call, and how its keys are cut into blocks.
struct Problem {
  std::int64_t heads;
  std::int64_t queries;
  std::int64_t keys;
  std::int64_t width;

  [[nodiscard]] std::int64_t block_keys() const {
    return std::clamp<std::int64_t>(kNumbersOfKeys / width / 16 * 16, 64, kMostKeys);
  }
  [[nodiscard]] std::int64_t blocks() const { return (keys + block_keys() - 1) / block_keys(); }
  [[nodiscard]] std::int64_t keys_in(std::int64_t block) const {
    return std::min(block_keys(), keys - block * block_keys());
  }
  /// Numbers of a packed block: of pairs of keys where their number is odd.
  [[nodiscard]] std::int64_t block_size() const { return (block_keys() + 1) / 2 * 2 * width; }
};

template <class Number>
struct Product;

template <>
struct Product<avx512::Bfloat16> {
  static constexpr c10::ScalarType kType = at::kBFloat16;
  /// The second factor's rows come in pairs: number by number, both of a pair side by side.
  static constexpr std::int64_t kRows = 2;
  static void multiply(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t a_stride,
                       bool add, const avx512::Bfloat16* a, const avx512::Bfloat16* b, float* c) {
    at::native::cpublas::brgemm(m, n, k, a_stride, n, n, add,
                                reinterpret_cast<const at::BFloat16*>(a),
                                reinterpret_cast<const at::BFloat16*>(b), c, /*is_vnni=*/true);
  }
  static void release() { at::native::cpublas::brgemm_release(true); }
};

template <>
struct Product<float> {
  static constexpr c10::ScalarType kType = at::kFloat;
  static constexpr std::int64_t kRows = 1;
  static void multiply(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t a_stride,
                       bool add, const float* a, const float* b, float* c) {
    at::native::cpublas::brgemm(m, n, k, a_stride, n, n, add, a, b, c, /*is_vnni=*/false);
  }
  static void release() {}
};

/// One head's matrix [rows, width].
template <class Number>
struct Rows {
  const Number* data;
  std::int64_t stride;

  [[nodiscard]] const Number* operator[](std::int64_t row) const { return data + row * stride; }
};

template <class Number>
Rows<Number> rows_of(const at::Tensor& x, std::int64_t head, std::int64_t heads) {
  const auto* const data = static_cast<const Number*>(x.const_data_ptr());
  return {data + head / heads * x.stride(0) + head % heads * x.stride(1), x.stride(2)};
}

/// Keys [n, width] as second factor [width, n], sixteen keys at a time: what is read stays in the
/// first cache, what is written lies together.
template <class Number>
void pack_keys(const Rows<Number>& keys, std::int64_t first, std::int64_t n, std::int64_t width,
               Number* packed) {
  constexpr std::int64_t kRows = Product<Number>::kRows;
  constexpr std::int64_t kKeys = 16;
  for (std::int64_t begin = 0; begin < n; begin += kKeys) {
    const std::int64_t end = std::min(n, begin + kKeys);
    for (std::int64_t i = 0; i < width; i += kRows) {
      Number* const to = packed + i * n;
      for (std::int64_t key = begin; key < end; ++key) {
        for (std::int64_t r = 0; r < kRows; ++r) to[key * kRows + r] = keys[first + key][i + r];
      }
    }
  }
}

/// Values [n, width] as second factor; a row of zeros fills the last pair.
template <class Number>
void pack_values(const Rows<Number>& values, std::int64_t first, std::int64_t n, std::int64_t width,
                 Number* packed) {
  constexpr std::int64_t kRows = Product<Number>::kRows;
  for (std::int64_t row = 0; row < (n + kRows - 1) / kRows * kRows; ++row) {
    Number* const to = packed + row / kRows * width * kRows + row % kRows;
    for (std::int64_t i = 0; i < width; ++i) to[i * kRows] = row < n ? values[first + row][i] : 0;
  }
}

/// What one thread needs for a block of queries.
template <class Number>
struct Scratch {
  explicit Scratch(const Problem& problem)
      : scores(static_cast<std::size_t>(kQueries * problem.block_keys())),
        weights(static_cast<std::size_t>(kQueries * (problem.block_keys() + 1))),
        output(static_cast<std::size_t>(kQueries * problem.width)),
        most(kQueries),
        sum(kQueries),
        kept(kQueries) {}

  std::vector<float> scores;    ///< [queries, keys of a block].
  std::vector<Number> weights;  ///< The same, to multiply with.
  std::vector<float> output;    ///< [queries, width], not divided by `sum` yet.
  std::vector<float> most;
  std::vector<float> sum;
  std::vector<float> kept;
};

template <class Number>
class Attention {
 public:
  Attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, at::Tensor& output)
      : problem_{q.size(1), q.size(2), k.size(2), q.size(3)},
        all_heads_(q.size(0) * q.size(1)),
        q_(q),
        output_(output),
        keys_(at::empty({all_heads_, problem_.blocks(), problem_.block_size()}, q.options())),
        values_(at::empty_like(keys_)) {
    share(all_heads_ * problem_.blocks(), [&](std::int64_t task) { pack(k, v, task); });
    const std::int64_t query_blocks = (problem_.queries + kQueries - 1) / kQueries;
    share(all_heads_ * query_blocks,
          [&](std::int64_t task) { attend(task / query_blocks, task % query_blocks * kQueries); });
  }

 private:
  [[nodiscard]] Number* block(at::Tensor& packed, std::int64_t head, std::int64_t block) const {
    return static_cast<Number*>(packed.mutable_data_ptr()) +
           (head * problem_.blocks() + block) * problem_.block_size();
  }

  void pack(const at::Tensor& k, const at::Tensor& v, std::int64_t task) {
    const std::int64_t head = task / problem_.blocks();
    const std::int64_t part = task % problem_.blocks();
    const std::int64_t first = part * problem_.block_keys();
    const std::int64_t n = problem_.keys_in(part);
    pack_keys(rows_of<Number>(k, head, problem_.heads), first, n, problem_.width,
              block(keys_, head, part));
    pack_values(rows_of<Number>(v, head, problem_.heads), first, n, problem_.width,
                block(values_, head, part));
  }

  void attend(std::int64_t head, std::int64_t first) {
    const std::int64_t count = std::min(kQueries, problem_.queries - first);
    const std::int64_t width = problem_.width;
    const Rows<Number> queries = rows_of<Number>(q_, head, problem_.heads);
    const float scale = 1.0F / std::sqrt(static_cast<float>(width));
    Scratch<Number> scratch(problem_);
    std::fill(scratch.most.begin(), scratch.most.end(), kBelowAllScores);
    for (std::int64_t part = 0; part < problem_.blocks(); ++part) {
      const std::int64_t n = problem_.keys_in(part);
      const std::int64_t padded =
          (n + Product<Number>::kRows - 1) / Product<Number>::kRows * Product<Number>::kRows;
      Product<Number>::multiply(count, n, width, queries.stride, false, queries[first],
                                block(keys_, head, part), scratch.scores.data());
      avx512::softmax_block(scratch.scores.data(), count, n, n, scale, scratch.most.data(),
                            scratch.sum.data(), scratch.kept.data(), scratch.weights.data(),
                            padded);
      if (part > 0) {
        avx512::scale_rows(scratch.output.data(), scratch.kept.data(), count, width);
      }
      Product<Number>::multiply(count, width, padded, padded, part > 0, scratch.weights.data(),
                                block(values_, head, part), scratch.output.data());
    }
    Product<Number>::release();
    const std::int64_t stride = output_.stride(2);
    Number* const to = static_cast<Number*>(output_.mutable_data_ptr()) +
                       head / problem_.heads * output_.stride(0) +
                       head % problem_.heads * output_.stride(1) + first * stride;
    avx512::divide_rows(scratch.output.data(), scratch.sum.data(), count, width, to, stride);
  }

  Problem problem_;
  std::int64_t all_heads_;  ///< Of all images.
  const at::Tensor& q_;
  at::Tensor& output_;
  at::Tensor keys_;    ///< Packed [heads, blocks, numbers].
  at::Tensor values_;  ///< The same.
};

bool is_worth_blocks(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const bool fits = q.dim() == 4 && k.dim() == 4 && q.numel() > 0 && k.sizes() == v.sizes() &&
                    q.size(0) == k.size(0) && q.size(1) == k.size(1) && q.size(3) == k.size(3) &&
                    q.scalar_type() == k.scalar_type() && q.scalar_type() == v.scalar_type();
  return fits && k.size(2) > kFewKeys && has_fast_operations(q.scalar_type());
}

at::Tensor with_dense_rows(const at::Tensor& x) { return x.stride(3) == 1 ? x : x.contiguous(); }

}  // namespace

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const bool bf16 = q.scalar_type() == at::kBFloat16;
  if (!is_worth_blocks(q, k, v) || (bf16 && q.size(3) % 2 != 0)) {
    return at::scaled_dot_product_attention(q, k, v);
  }
  at::Tensor output =
      at::empty({q.size(0), q.size(2), q.size(1), q.size(3)}, q.options()).transpose(1, 2);
  const at::Tensor queries = with_dense_rows(q);
  const at::Tensor keys = with_dense_rows(k);
  const at::Tensor values = with_dense_rows(v);
  if (bf16) {
    Attention<avx512::Bfloat16>(queries, keys, values, output);
  } else {
    Attention<float>(queries, keys, values, output);
  }
  return output;
}

}  // namespace rollingdepth::cpu
