#include <ATen/native/CPUBlas.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "nn/cpu/avx512.hpp"
#include "nn/cpu/operations.hpp"
namespace rollingdepth::cpu {
namespace {

// A block of queries, and of keys with which its scores, keys and values stay in the second cache.
constexpr std::int64_t kQueries = 128;
constexpr std::int64_t kMostKeys = 512;
constexpr std::int64_t kNumbersOfKeys = 1 << 15;
constexpr float kBelowAllScores = -1e30F;  // Finite: the difference of two infinities is no number.

// Up to here, as with the two keys of an empty prompt, preparing the products would not pay.
constexpr std::int64_t kFewKeys = 32;

// Second factors lie in panels of so many columns, the most that oneDNN's own packing knows; of the
// last panel so many sixteens are multiplied as hold a column.
constexpr std::int64_t kPanel = 64;

std::int64_t rounded_up(std::int64_t number, std::int64_t step) {
  return (number + step - 1) / step * step;
}

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
  /// Numbers of a packed block of keys, and of values.
  [[nodiscard]] std::int64_t key_block_size() const {
    return rounded_up(block_keys(), kPanel) * rounded_up(width, 2);
  }
  [[nodiscard]] std::int64_t value_block_size() const {
    return rounded_up(width, kPanel) * block_keys();
  }
};

/// How a row of a second factor lies: alone, or in bfloat16 with the next one, number by number.
template <class Number>
constexpr std::int64_t kRowsTogether = sizeof(Number) == sizeof(float) ? 1 : 2;

void multiply_panel(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t a_stride,
                    std::int64_t c_stride, bool add, const avx512::Bfloat16* a,
                    const avx512::Bfloat16* b, float* c) {
  at::native::cpublas::brgemm(m, n, k, a_stride, kPanel, c_stride, add,
                              reinterpret_cast<const at::BFloat16*>(a),
                              reinterpret_cast<const at::BFloat16*>(b), c, /*is_vnni=*/true);
}

void multiply_panel(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t a_stride,
                    std::int64_t c_stride, bool add, const float* a, const float* b, float* c) {
  at::native::cpublas::brgemm(m, n, k, a_stride, kPanel, c_stride, add, a, b, c,
                              /*is_vnni=*/false);
}

/// c [m, n] = a [m, k] b, or that is added to c, whose rows hold n numbers rounded up to sixteens.
/// `b` [k, n] is packed; k is a multiple of kRowsTogether.
template <class Number>
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t a_stride, bool add,
              const Number* a, const Number* b, float* c) {
  const std::int64_t c_stride = rounded_up(n, 16);
  for (std::int64_t first = 0; first < n; first += kPanel) {
    multiply_panel(m, std::min(kPanel, c_stride - first), k, a_stride, c_stride, add, a,
                   b + first * k, c + first);
  }
}

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

/// Where number (row, column) of a second factor of `rows` rows lies.
template <class Number>
std::int64_t packed_place(std::int64_t row, std::int64_t column, std::int64_t rows) {
  constexpr std::int64_t kRows = kRowsTogether<Number>;
  return (column / kPanel * rows + row / kRows * kRows) * kPanel + column % kPanel * kRows +
         row % kRows;
}

/// Keys [n, width] as second factor [width, n], sixteen keys at a time: what is read stays in the
/// first cache, what is written lies together. What fills the last panel is 0.
template <class Number>
void pack_keys(const Rows<Number>& keys, std::int64_t first, std::int64_t n, std::int64_t width,
               Number* packed) {
  constexpr std::int64_t kRows = kRowsTogether<Number>;
  constexpr std::int64_t kKeys = 16;
  if (n % kPanel != 0) {
    std::fill_n(packed + n / kPanel * kPanel * width, kPanel * width, Number{0});
  }
  for (std::int64_t begin = 0; begin < n; begin += kKeys) {
    const std::int64_t end = std::min(n, begin + kKeys);
    for (std::int64_t i = 0; i < width; i += kRows) {
      Number* const to = packed + packed_place<Number>(i, begin, width);
      for (std::int64_t key = begin; key < end; ++key) {
        for (std::int64_t r = 0; r < kRows; ++r) {
          to[(key - begin) * kRows + r] = keys[first + key][i + r];
        }
      }
    }
  }
}

/// Values [n, width] as second factor of `rows` rows; what fills rows and the last panel is 0.
template <class Number>
void pack_values(const Rows<Number>& values, std::int64_t first, std::int64_t n, std::int64_t rows,
                 std::int64_t width, Number* packed) {
  std::fill_n(packed, rounded_up(width, kPanel) * rows, Number{0});
  for (std::int64_t row = 0; row < n; ++row) {
    for (std::int64_t i = 0; i < width; ++i) {
      packed[packed_place<Number>(row, i, rows)] = values[first + row][i];
    }
  }
}

/// What one thread needs for a block of queries.
template <class Number>
struct Scratch {
  explicit Scratch(const Problem& problem)
      : scores(static_cast<std::size_t>(kQueries * problem.block_keys())),
        weights(static_cast<std::size_t>(kQueries * problem.block_keys())),
        output(static_cast<std::size_t>(kQueries * rounded_up(problem.width, 16))),
        most(kQueries),
        sum(kQueries),
        kept(kQueries) {}

  std::vector<float> scores;    ///< [queries, keys of a block].
  std::vector<Number> weights;  ///< The same, to multiply with.
  std::vector<float> output;    ///< [queries, width in sixteens], not divided by `sum` yet.
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
        keys_(at::empty({all_heads_ * problem_.blocks(), problem_.key_block_size()}, q.options())),
        values_(
            at::empty({all_heads_ * problem_.blocks(), problem_.value_block_size()}, q.options())) {
    share(all_heads_ * problem_.blocks(), [&](std::int64_t task) { pack(k, v, task); });
    const std::int64_t query_blocks = (problem_.queries + kQueries - 1) / kQueries;
    share(all_heads_ * query_blocks,
          [&](std::int64_t task) { attend(task / query_blocks, task % query_blocks * kQueries); });
  }

 private:
  [[nodiscard]] Number* block(at::Tensor& packed, std::int64_t head, std::int64_t block) const {
    return static_cast<Number*>(packed.mutable_data_ptr()) +
           (head * problem_.blocks() + block) * packed.size(1);
  }

  /// Of a block of values: of keys, and one of zeros where bfloat16 needs a pair.
  [[nodiscard]] std::int64_t rows_in(std::int64_t part) const {
    return rounded_up(problem_.keys_in(part), kRowsTogether<Number>);
  }

  void pack(const at::Tensor& k, const at::Tensor& v, std::int64_t task) {
    const std::int64_t head = task / problem_.blocks();
    const std::int64_t part = task % problem_.blocks();
    const std::int64_t first = part * problem_.block_keys();
    const std::int64_t n = problem_.keys_in(part);
    pack_keys(rows_of<Number>(k, head, problem_.heads), first, n, problem_.width,
              block(keys_, head, part));
    pack_values(rows_of<Number>(v, head, problem_.heads), first, n, rows_in(part), problem_.width,
                block(values_, head, part));
  }

  /// What a block of keys adds to the running softmax of `count` queries.
  void add_block(std::int64_t head, std::int64_t part, const Number* queries, std::int64_t stride,
                 std::int64_t count, Scratch<Number>& scratch) {
    const std::int64_t n = problem_.keys_in(part);
    const std::int64_t rows = rows_in(part);
    const float scale = 1.0F / std::sqrt(static_cast<float>(problem_.width));
    multiply(count, n, problem_.width, stride, false, queries, block(keys_, head, part),
             scratch.scores.data());
    avx512::softmax_block(scratch.scores.data(), count, n, rounded_up(n, 16), scale,
                          scratch.most.data(), scratch.sum.data(), scratch.kept.data(),
                          scratch.weights.data(), rows);
    if (part > 0) {
      avx512::scale_rows(scratch.output.data(), scratch.kept.data(), count,
                         rounded_up(problem_.width, 16));
    }
    multiply(count, problem_.width, rows, rows, part > 0, scratch.weights.data(),
             block(values_, head, part), scratch.output.data());
  }

  void attend(std::int64_t head, std::int64_t first) {
    const std::int64_t count = std::min(kQueries, problem_.queries - first);
    const Rows<Number> queries = rows_of<Number>(q_, head, problem_.heads);
    Scratch<Number> scratch(problem_);
    std::fill(scratch.most.begin(), scratch.most.end(), kBelowAllScores);
    for (std::int64_t part = 0; part < problem_.blocks(); ++part) {
      add_block(head, part, queries[first], queries.stride, count, scratch);
    }
    at::native::cpublas::brgemm_release(kRowsTogether<Number> == 2);
    const std::int64_t stride = output_.stride(2);
    Number* const to = static_cast<Number*>(output_.mutable_data_ptr()) +
                       head / problem_.heads * output_.stride(0) +
                       head % problem_.heads * output_.stride(1) + first * stride;
    avx512::divide_rows(scratch.output.data(), rounded_up(problem_.width, 16), scratch.sum.data(),
                        count, problem_.width, to, stride);
  }

  Problem problem_;
  std::int64_t all_heads_;  ///< Of all images.
  const at::Tensor& q_;
  at::Tensor& output_;
  at::Tensor keys_;    ///< Packed [heads * blocks, numbers].
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
