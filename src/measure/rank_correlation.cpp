#include "measure/rank_correlation.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "measure/map_pixels.hpp"

namespace rollingdepth {
namespace {

// Orders as the values do. Adding 0 makes -0 of the same rank as +0.
std::uint32_t order_key(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value + 0.0f);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

constexpr int kPooledBits = 22;  // Sign, 8 of the exponent, 13 of the fraction.

std::size_t pooled_key(float value, double centre) {
  return order_key(static_cast<float>(value - centre)) >> (32 - kPooledBits);
}

// Ranks are doubled, so that the mean rank of ties is whole, and counted from the middle rank, so
// that they sum to 0: values number `begin` up to `end` of `count` have the mean rank
// (begin + 1 + end) / 2, and the middle is (count + 1) / 2.
std::int64_t centred_rank(std::int64_t begin, std::int64_t end, std::int64_t count) {
  return begin + end - count;
}

double correlation(double product, double reference_square, double candidate_square) {
  if (reference_square <= 0 || candidate_square <= 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::clamp(product / std::sqrt(reference_square) / std::sqrt(candidate_square), -1.0, 1.0);
}

// Sorted by its upper half; the lower half comes along.
using Record = std::uint64_t;

std::uint32_t upper(Record record) { return static_cast<std::uint32_t>(record >> 32); }
std::uint32_t lower(Record record) { return static_cast<std::uint32_t>(record); }

// By digits of 11 bits, the lowest first: in a tenth of std::sort's time for a frame.
void sort_records(std::vector<Record>& records, std::vector<Record>& scratch) {
  constexpr int kPasses = 3, kDigitBits = 11;
  constexpr std::size_t kDigits = 1u << kDigitBits;
  const auto digit = [](Record record, int pass) {
    return (upper(record) >> (pass * kDigitBits)) & (kDigits - 1);
  };
  std::array<std::array<std::size_t, kDigits>, kPasses> counts{};
  for (const Record record : records) {
    for (int pass = 0; pass < kPasses; ++pass) ++counts[pass][digit(record, pass)];
  }
  scratch.resize(records.size());
  for (int pass = 0; pass < kPasses; ++pass) {
    std::size_t position = 0;
    for (std::size_t& count : counts[pass]) position += std::exchange(count, position);
    for (const Record record : records) scratch[counts[pass][digit(record, pass)]++] = record;
    records.swap(scratch);
  }
}

// Calls visit(begin, end) for each run of records with the same upper half.
template <class Visit>
void for_each_tie(const std::vector<Record>& records, Visit&& visit) {
  for (std::size_t begin = 0, end = 0; begin < records.size(); begin = end) {
    while (end < records.size() && upper(records[end]) == upper(records[begin])) ++end;
    visit(begin, end);
  }
}

// Counts become ranks. @return the sum of their squares over all pixels.
double rank(std::vector<std::int64_t>& counts, std::int64_t pixels) {
  double square = 0;
  std::int64_t begin = 0;
  for (std::int64_t& entry : counts) {
    if (entry == 0) continue;
    const std::int64_t ties = entry;
    entry = centred_rank(begin, begin + ties, pixels);
    square += static_cast<double>(ties) * static_cast<double>(entry) * static_cast<double>(entry);
    begin += ties;
  }
  return square;
}

}  // namespace

double spearman(const MapPair& maps) {
  const MapPixels pixels = pixels_of(maps);
  std::vector<Record> records, scratch;
  records.reserve(pixels.count());
  for (std::size_t p = 0; p < pixels.count(); ++p) {
    if (!pixels.valid[p]) continue;
    records.push_back(static_cast<Record>(order_key(pixels.reference[p])) << 32 |
                      order_key(pixels.candidate[p]));
  }
  const auto count = static_cast<std::int64_t>(records.size());
  const auto rank_of = [count](std::size_t begin, std::size_t end) {
    return centred_rank(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end), count);
  };

  // The reference's values give way to their ranks, and the candidate's are sorted by next. A rank
  // fits in 32 bits, because it is less than the number of pixels.
  double reference_square = 0, candidate_square = 0, product = 0;
  sort_records(records, scratch);
  for_each_tie(records, [&](std::size_t begin, std::size_t end) {
    const std::int64_t rank = rank_of(begin, end);
    const auto ties = static_cast<double>(end - begin);
    reference_square += ties * static_cast<double>(rank) * static_cast<double>(rank);
    for (std::size_t i = begin; i < end; ++i) {
      records[i] = static_cast<Record>(lower(records[i])) << 32 | static_cast<std::uint32_t>(rank);
    }
  });
  sort_records(records, scratch);
  for_each_tie(records, [&](std::size_t begin, std::size_t end) {
    const auto rank = static_cast<double>(rank_of(begin, end));
    std::int64_t reference_ranks = 0;
    for (std::size_t i = begin; i < end; ++i) {
      reference_ranks += static_cast<std::int32_t>(lower(records[i]));
    }
    candidate_square += static_cast<double>(end - begin) * rank * rank;
    product += rank * static_cast<double>(reference_ranks);
  });
  return correlation(product, reference_square, candidate_square);
}

PooledRanks::PooledRanks(double reference_centre, double candidate_centre)
    : reference_(std::size_t{1} << kPooledBits),
      candidate_(std::size_t{1} << kPooledBits),
      reference_centre_(reference_centre),
      candidate_centre_(candidate_centre) {}

void PooledRanks::count(const MapPair& maps) {
  const MapPixels pixels = pixels_of(maps);
  for (std::size_t p = 0; p < pixels.count(); ++p) {
    if (!pixels.valid[p]) continue;
    ++reference_[pooled_key(pixels.reference[p], reference_centre_)];
    ++candidate_[pooled_key(pixels.candidate[p], candidate_centre_)];
    ++pixels_;
  }
}

void PooledRanks::correlate(const MapPair& maps) {
  if (!ranked_) {
    reference_square_ = rank(reference_, pixels_);
    candidate_square_ = rank(candidate_, pixels_);
    ranked_ = true;
  }
  const MapPixels pixels = pixels_of(maps);
  for (std::size_t p = 0; p < pixels.count(); ++p) {
    if (!pixels.valid[p]) continue;
    product_ +=
        static_cast<double>(reference_[pooled_key(pixels.reference[p], reference_centre_)]) *
        static_cast<double>(candidate_[pooled_key(pixels.candidate[p], candidate_centre_)]);
  }
}

double PooledRanks::value() const {
  return correlation(product_, reference_square_, candidate_square_);
}

}  // namespace rollingdepth
