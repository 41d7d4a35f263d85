#include "live/cut_watch.hpp"

#include <numeric>
#include <utility>

#include "shots/small_picture.hpp"

namespace rollingdepth::live {
namespace {

constexpr double kStill = 1e-5;  // Source: PySceneDetect's AdaptiveDetector.

}  // namespace

CutWatch::CutWatch(const CutOptions& options, FrameSize size)
    : options_(options), size_(small_size(size)) {}

CutWatch::~CutWatch() = default;

void CutWatch::begin_anew() {
  before_.reset();
  changes_.clear();
}

bool CutWatch::is_cut(const at::Tensor& rgb, std::int64_t time_us) {
  auto picture = std::make_unique<SmallPicture>(rgb, size_);
  if (!before_) {
    before_ = std::move(picture);
    shot_began_us_ = time_us;
    return false;
  }
  const double change = picture->change_from(*before_);
  before_ = std::move(picture);
  const double mean = changes_.empty() ? change
                                       : std::accumulate(changes_.begin(), changes_.end(), 0.0) /
                                             static_cast<double>(changes_.size());
  const bool stands_out = mean < kStill || change / mean >= options_.threshold;
  const double seconds = static_cast<double>(time_us - shot_began_us_) / 1e6;
  if (change >= options_.least_content && stands_out && seconds >= options_.least_seconds) {
    changes_.clear();
    shot_began_us_ = time_us;
    return true;
  }
  changes_.push_back(change);
  if (std::ssize(changes_) > options_.window) changes_.pop_front();
  return false;
}

}  // namespace rollingdepth::live
