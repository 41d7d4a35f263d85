#include "align/irls/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/shared_work.hpp"
#include "base/trace.hpp"

namespace rollingdepth {
namespace {

constexpr std::size_t kPixels = 1024;     // Enough to tell 0.5 from 0.9.
constexpr double kShareOfPartners = 0.5;  // Of the correlation that the others reach.
constexpr double kMeaningful = 0.3;       // Below it, the others do not agree either.
constexpr double kConstant = 1e-6;        // Spread of a constant map, relative to its values.

struct PairAgreement {
  std::size_t first = 0;  // Positions in the frame.
  std::size_t second = 0;
  float correlation = 0;
};

// A map on some pixels: centred on its median for the spread, then on its mean and scaled to unit
// length for the correlations.
MapShape standardize(std::vector<float>& values) {
  std::vector<float> sorted = values;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  MapShape shape = {.median = *middle, .spread = 0};
  double mean = 0, square = 0, largest = 0;
  for (const float value : values) {
    shape.spread += std::abs(value - shape.median);
    mean += value;
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  }
  const auto count = static_cast<double>(values.size());
  shape.spread /= count;
  if (shape.spread <= kConstant * largest) shape.spread = 0;
  mean /= count;
  for (const float value : values) square += (value - mean) * (value - mean);
  const double norm = square > 0 ? 1 / std::sqrt(square) : 0;
  for (float& value : values) value = static_cast<float>((value - mean) * norm);
  return shape;
}

std::vector<PairAgreement> compare_frame(std::span<const CoveredMap> maps, std::size_t pixels,
                                         std::vector<MapShape>& shapes) {
  const std::size_t stride = (pixels + kPixels - 1) / kPixels;
  std::vector<std::vector<float>> values(maps.size());
  for (std::size_t k = 0; k < maps.size(); ++k) {
    for (std::size_t p = 0; p < pixels; p += stride) values[k].push_back(maps[k].samples[p]);
    shapes[maps[k].map] = standardize(values[k]);
  }
  std::vector<PairAgreement> pairs;
  for (std::size_t k = 0; k < maps.size(); ++k) {
    for (std::size_t l = k + 1; l < maps.size(); ++l) {
      if (shapes[maps[k].map].spread == 0 || shapes[maps[l].map].spread == 0) continue;
      double sum = 0;
      for (std::size_t p = 0; p < values[k].size(); ++p) {
        sum += static_cast<double>(values[k][p]) * values[l][p];
      }
      pairs.push_back({k, l, static_cast<float>(sum)});
    }
  }
  return pairs;
}

// The value at `share` of the sorted values, upwards; 1 for none, which contradicts nothing.
float quantile(std::vector<float>& values, double share) {
  if (values.empty()) return 1;
  const auto position = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size()));
  const auto at = values.begin() + std::min<std::ptrdiff_t>(
                                       position, static_cast<std::ptrdiff_t>(values.size()) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

bool falls_short(double own, double others) {
  return others >= kMeaningful && own < kShareOfPartners * others;
}

// Every snippet's median correlation against the upper quartile of its partners' medians.
std::vector<bool> contradicting_snippets(const CoveredFrames& frames,
                                         const std::vector<std::vector<PairAgreement>>& pairs) {
  std::vector<std::vector<float>> correlations(frames.snippets());
  for (std::size_t frame = 0; frame < frames.size(); ++frame) {
    const auto maps = frames.maps(frame);
    for (const PairAgreement& pair : pairs[frame]) {
      correlations[maps[pair.first].snippet].push_back(pair.correlation);
      correlations[maps[pair.second].snippet].push_back(pair.correlation);
    }
  }
  std::vector<float> score(frames.snippets());
  for (std::size_t j = 0; j < score.size(); ++j) score[j] = quantile(correlations[j], 0.5);
  std::vector<std::vector<float>> partners(frames.snippets());
  for (std::size_t frame = 0; frame < frames.size(); ++frame) {
    const auto maps = frames.maps(frame);
    for (const PairAgreement& pair : pairs[frame]) {
      partners[maps[pair.first].snippet].push_back(score[maps[pair.second].snippet]);
      partners[maps[pair.second].snippet].push_back(score[maps[pair.first].snippet]);
    }
  }
  std::vector<bool> contradicts(frames.snippets());
  for (std::size_t j = 0; j < score.size(); ++j) {
    contradicts[j] = falls_short(score[j], quantile(partners[j], 0.75));
  }
  return contradicts;
}

// Within a frame: the upper median of a map's correlations with the maps of sound snippets.
void mark_maps(std::span<const CoveredMap> maps, const std::vector<PairAgreement>& pairs,
               const std::vector<bool>& snippets, std::vector<bool>& contradicts) {
  std::vector<std::vector<float>> correlations(maps.size());
  for (const PairAgreement& pair : pairs) {
    if (snippets[maps[pair.first].snippet] || snippets[maps[pair.second].snippet]) continue;
    correlations[pair.first].push_back(pair.correlation);
    correlations[pair.second].push_back(pair.correlation);
  }
  std::vector<float> score(maps.size());
  float best = -1;
  for (std::size_t k = 0; k < maps.size(); ++k) {
    score[k] = quantile(correlations[k], 0.5);
    if (!correlations[k].empty()) best = std::max(best, score[k]);
  }
  for (std::size_t k = 0; k < maps.size(); ++k) {
    if (snippets[maps[k].snippet] || falls_short(score[k], best)) contradicts[maps[k].map] = true;
  }
}

}  // namespace

MapAgreement map_agreement(const CoveredFrames& frames) {
  const TraceSpan span("batch", "align outliers");
  MapAgreement agreement{.shapes = std::vector<MapShape>(frames.maps()),
                         .contradicts = std::vector<bool>(frames.maps())};
  std::vector<std::vector<PairAgreement>> pairs(frames.size());
  share_work(frames.size(), frames.samples(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      pairs[i] = compare_frame(frames.maps(i), frames.pixels(i), agreement.shapes);
    }
  });
  const std::vector<bool> snippets = contradicting_snippets(frames, pairs);
  for (std::size_t frame = 0; frame < frames.size(); ++frame) {
    mark_maps(frames.maps(frame), pairs[frame], snippets, agreement.contradicts);
  }
  return agreement;
}

}  // namespace rollingdepth
