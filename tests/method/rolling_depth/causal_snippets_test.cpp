#include "method/rolling_depth/causal_snippets.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "error_matchers.hpp"
#include "fake_model.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using testing::FakeModel;
using ::testing::HasSubstr;
using testing::message_of;

constexpr std::int64_t kHeightPx = 96;
constexpr std::int64_t kWidthPx = 128;

TEST(CausalSnippet, EndsWithTheFrameAndIsSpacedByTheDilation) {
  EXPECT_THAT(causal_snippet(25, 10, 3), ElementsAre(5, 15, 25));
  EXPECT_THAT(causal_snippet(20, 10, 3), ElementsAre(0, 10, 20));
  EXPECT_THAT(causal_snippet(7, 1, 4), ElementsAre(4, 5, 6, 7));
}

TEST(CausalSnippet, IsCloserWhereTheFirstFrameIsTooNear) {
  EXPECT_THAT(causal_snippet(19, 10, 3), ElementsAre(1, 10, 19));
  EXPECT_THAT(causal_snippet(2, 10, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(causal_snippet(1, 10, 2), ElementsAre(0, 1));
}

TEST(CausalSnippet, IsTheFrameAloneAtFirst) {
  EXPECT_THAT(causal_snippet(0, 10, 3), ElementsAre(0));
  EXPECT_THAT(causal_snippet(1, 1, 3), ElementsAre(1));
  EXPECT_THAT(causal_snippet(2, 1, 4), ElementsAre(2));
}

TEST(CausalSnippet, IsThereOnceOfSeveralDilations) {
  EXPECT_THAT(causal_snippets(2, {1, 10}, 3), ElementsAre(ElementsAre(0, 1, 2)));
  EXPECT_THAT(causal_snippets(4, {1, 10, 25}, 3),
              ElementsAre(ElementsAre(2, 3, 4), ElementsAre(0, 2, 4)));
}

// A scene whose depth in FakeModel runs from -1 to 1, and moves.
at::Tensor picture(std::int64_t frame) {
  const at::Tensor across = at::arange(kWidthPx, at::kFloat).mul(0.05).view({1, 1, -1});
  const at::Tensor down = at::arange(kHeightPx, at::kFloat).mul(0.04).view({1, -1, 1});
  const double time = 0.03 * static_cast<double>(frame);
  const at::Tensor level = at::sin(across + time) + at::cos(down - time);
  return (level * 60 + 127).to(at::kByte).expand({3, -1, -1}).contiguous();
}

at::Tensor grey(double level) { return at::full({3, kHeightPx, kWidthPx}, level, at::kByte); }

// What FakeModel makes of a picture.
at::Tensor depth_of(const at::Tensor& rgb) {
  const at::Tensor blocks =
      at::avg_pool2d(rgb.narrow(0, 0, 1).to(at::kFloat).div(255).mul(2).sub(1), {8, 8});
  return at::upsample_nearest2d(blocks.unsqueeze(0), {rgb.size(1), rgb.size(2)})[0][0];
}

// Every snippet gets a scale and a shift of its own, or what else `change` does to it: it takes the
// snippet's latents, [L, C, h, w], and the number of the call.
class UnsteadyModel : public FakeModel {
 public:
  using Change = std::function<at::Tensor(const at::Tensor& snippet, std::int64_t call)>;
  explicit UnsteadyModel(Change change) : change_(std::move(change)) {}

  at::Tensor denoise(const at::Tensor& sample, std::int64_t timestep, std::int64_t views) override {
    std::vector<at::Tensor> snippets;
    for (const at::Tensor& snippet : FakeModel::denoise(sample, timestep, views).split(views)) {
      snippets.push_back(change_(snippet, call_++));
    }
    return at::cat(snippets);
  }

 private:
  Change change_;
  std::int64_t call_ = 0;
};

// From -1 to 1, the same for the same number.
double jitter(std::int64_t number) {
  std::minstd_rand random(static_cast<std::uint32_t>(number) * 7919U + 1U);
  random.discard(3);
  return 2 * static_cast<double>(random()) / static_cast<double>(std::minstd_rand::max()) - 1;
}

UnsteadyModel::Change own_scale_and_shift(double log_scale, double shift) {
  return [=](const at::Tensor& snippet, std::int64_t call) {
    return snippet * std::exp(log_scale * jitter(2 * call)) + shift * jitter(2 * call + 1);
  };
}

CausalOptions options_of(CausalMode mode = CausalMode::kSnippet) {
  return {.res_px = 0, .mode = mode, .dilations = {1, 10}, .snippet_length = 3};
}

CausalSnippets steady(const CausalOptions& options = options_of()) {
  return {std::make_unique<FakeModel>(), options};
}
CausalSnippets unsteady(UnsteadyModel::Change change, const CausalOptions& options = options_of()) {
  return {std::make_unique<UnsteadyModel>(std::move(change)), options};
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

double spread_of(const at::Tensor& map) { return map.std().item<double>(); }

TEST(CausalSnippets, GivesTheNetworksDepthOfAFrameAlone) {
  CausalSnippets depth = steady(options_of(CausalMode::kFrame));
  for (std::int64_t frame = 0; frame < 5; ++frame) {
    EXPECT_LT(largest_difference(depth.next(picture(frame)), depth_of(picture(frame))), 1e-5);
  }
  EXPECT_EQ(depth.frames_remembered(), 0);
}

TEST(CausalSnippets, GivesTheFirstFrameAsTheNetworkDoes) {
  CausalSnippets depth = steady();
  EXPECT_LT(largest_difference(depth.next(picture(0)), depth_of(picture(0))), 1e-5);
}

// The network is shown frames of one level each, which tell which they are.
TEST(CausalSnippets, ShowsTheNetworkTheFramesBefore) {
  std::vector<std::vector<std::int64_t>> shown;
  CausalSnippets depth = unsteady([&](const at::Tensor& snippet, std::int64_t) {
    shown.emplace_back();
    for (const at::Tensor& latent : snippet.unbind()) {
      const double level = (latent[0].mean().item<double>() + 1) / 2 * 255;
      shown.back().push_back(std::lround(level));
    }
    return snippet.clone();
  });
  for (std::int64_t frame = 0; frame < 30; ++frame) {
    shown.clear();
    depth.next(grey(static_cast<double>(frame)));
    EXPECT_EQ(shown, causal_snippets(frame, {1, 10}, 3)) << frame;
  }
}

TEST(CausalSnippets, UndoesTheScaleAndShiftOfEverySnippet) {
  CausalSnippets depth = unsteady(own_scale_and_shift(0.5, 0.5));
  const at::Tensor first = depth.next(picture(0));
  // The first frame's are those of all.
  const at::Tensor truth = depth_of(picture(0));
  const double scale = spread_of(first) / spread_of(truth);
  const double shift = (first - truth * scale).mean().item<double>();
  for (std::int64_t frame = 1; frame < 60; ++frame) {
    const at::Tensor map = depth.next(picture(frame));
    const double error =
        (map - depth_of(picture(frame)) * scale - shift).abs().mean().item<double>();
    EXPECT_LT(error, 0.05 * spread_of(first)) << frame;
  }
}

// 30 % of every map of an earlier frame are something else.
TEST(CausalSnippets, HardlyFeelsThirtyPercentOfOutliers) {
  const auto disturbed = [](const at::Tensor& snippet, std::int64_t call) {
    at::Tensor changed = own_scale_and_shift(0.3, 0.3)(snippet, call);
    const std::int64_t rows = changed.size(2) * 3 / 10;
    if (changed.size(0) > 1) {
      changed.slice(0, 0, changed.size(0) - 1).narrow(2, call % (changed.size(2) - rows), rows) +=
          1.5 * jitter(call);
    }
    return changed;
  };
  CausalSnippets depth = unsteady(disturbed);
  const at::Tensor first = depth.next(picture(0));
  const at::Tensor truth = depth_of(picture(0));
  const double scale = spread_of(first) / spread_of(truth);
  const double shift = (first - truth * scale).mean().item<double>();
  for (std::int64_t frame = 1; frame < 60; ++frame) {
    const at::Tensor map = depth.next(picture(frame));
    const double error =
        (map - depth_of(picture(frame)) * scale - shift).abs().mean().item<double>();
    EXPECT_LT(error, 0.1 * spread_of(first)) << frame;
  }
}

TEST(CausalSnippets, DoesNotDependOnWhatFollows) {
  const auto maps = [](std::int64_t changed_from) {
    CausalSnippets depth = unsteady(own_scale_and_shift(0.3, 0.3));
    std::vector<at::Tensor> given;
    for (std::int64_t frame = 0; frame < 40; ++frame) {
      given.push_back(depth.next(picture(frame < changed_from ? frame : 500 - frame)));
    }
    return at::stack(given);
  };
  const at::Tensor one = maps(40), other = maps(25);
  EXPECT_TRUE(at::equal(one.slice(0, 0, 25), other.slice(0, 0, 25)));
  EXPECT_FALSE(at::equal(one[25], other[25]));
}

TEST(CausalSnippets, NeverChangesWhatItGave) {
  CausalSnippets depth = unsteady(own_scale_and_shift(0.3, 0.3));
  std::vector<at::Tensor> given, copies;
  for (std::int64_t frame = 0; frame < 30; ++frame) {
    given.push_back(depth.next(picture(frame)));
    copies.push_back(given.back().clone());
  }
  EXPECT_TRUE(at::equal(at::stack(given), at::stack(copies)));
}

// Who gets a map may write into it.
TEST(CausalSnippets, DoesNotDependOnWhatBecomesOfItsMaps) {
  CausalSnippets one = unsteady(own_scale_and_shift(0.3, 0.3));
  CausalSnippets other = unsteady(own_scale_and_shift(0.3, 0.3));
  for (std::int64_t frame = 0; frame < 10; ++frame) {
    at::Tensor map = one.next(picture(frame));
    EXPECT_TRUE(at::equal(map, other.next(picture(frame)))) << frame;
    map.zero_();
  }
}

TEST(CausalSnippets, ForgetsAllWhenItBeginsAnew) {
  CausalSnippets depth = steady();
  for (std::int64_t frame = 0; frame < 25; ++frame) depth.next(picture(frame));
  depth.begin_anew();
  EXPECT_EQ(depth.frames_remembered(), 0);
  CausalSnippets fresh = steady();
  for (std::int64_t frame = 100; frame < 125; ++frame) {
    EXPECT_TRUE(at::equal(depth.next(picture(frame)), fresh.next(picture(frame)))) << frame;
  }
}

TEST(CausalSnippets, RemembersNoMoreFramesThanSnippetsSee) {
  CausalSnippets depth = steady();
  std::int64_t most = 0;
  for (std::int64_t frame = 0; frame < 100; ++frame) {
    depth.next(picture(frame));
    most = std::max(most, depth.frames_remembered());
  }
  EXPECT_EQ(most, 20);
}

// The network's own scale jumps with the size; what is given does not.
TEST(CausalSnippets, KeepsTheScaleAtAnotherResolution) {
  const auto by_size = [](const at::Tensor& snippet, std::int64_t) {
    const bool small = snippet.size(3) < kWidthPx / 8;
    return small ? snippet * 0.5 + 0.4 : snippet.clone();
  };
  CausalSnippets depth = unsteady(by_size);
  for (std::int64_t frame = 0; frame < 25; ++frame) depth.next(picture(frame));
  depth.change_res(64);
  EXPECT_EQ(depth.processing_size({.width_px = kWidthPx, .height_px = kHeightPx}),
            (FrameSize{.width_px = 64, .height_px = 48}));
  for (std::int64_t frame = 25; frame < 40; ++frame) {
    const at::Tensor map = depth.next(picture(frame));
    ASSERT_EQ(map.sizes(), (std::vector<std::int64_t>{48, 64}));
    const at::Tensor truth = depth_of(picture(frame));
    EXPECT_NEAR(spread_of(map) / spread_of(truth), 1, 0.05) << frame;
    EXPECT_NEAR((map.mean() - truth.mean()).item<double>(), 0, 0.05) << frame;
  }
  EXPECT_EQ(depth.settings()["res"], 64);
}

TEST(CausalSnippets, RefusesAnotherResolutionThatIsNone) {
  CausalSnippets depth = steady();
  EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { depth.change_res(-3); }), HasSubstr("--res"));
  EXPECT_EQ(depth.settings()["res"], 0);
}

TEST(CausalSnippets, GoesOnWithPicturesOfAnotherSize) {
  CausalSnippets depth = steady();
  for (std::int64_t frame = 0; frame < 12; ++frame) depth.next(picture(frame));
  const at::Tensor map = depth.next(picture(12).slice(1, 0, 48).contiguous());
  EXPECT_EQ(map.sizes(), (std::vector<std::int64_t>{48, kWidthPx}));
  EXPECT_EQ(depth.frames_remembered(), 1);
}

TEST(CausalSnippets, TakesConstantPictures) {
  CausalSnippets depth = unsteady(own_scale_and_shift(0.3, 0.3));
  for (std::int64_t frame = 0; frame < 60; ++frame) {
    const bool constant = frame < 10 || (frame >= 30 && frame < 40);
    const at::Tensor map = depth.next(constant ? grey(100) : picture(frame));
    ASSERT_TRUE(map.isfinite().all().item<bool>()) << frame;
    EXPECT_LT(map.abs().max().item<double>(), 10) << frame;
  }
}

TEST(CausalSnippets, SaysWhereDepthIsNotFinite) {
  CausalSnippets depth = unsteady([](const at::Tensor& snippet, std::int64_t) {
    return at::full_like(snippet, std::numeric_limits<double>::quiet_NaN());
  });
  EXPECT_THAT(message_of(ErrorKind::kFailed, [&] { depth.next(picture(0)); }),
              HasSubstr("not finite"));
}

// How far scale and shift of what is given lie from the network's own at most.
struct Drift {
  double log_scale = 0;
  double shift = 0;  // Of the middle of the values.
};

// Of thousands of frames through a network that sees the truth, but for what `change` does.
Drift largest_drift(std::int64_t frames, const UnsteadyModel::Change& change) {
  constexpr std::int64_t kPictures = 209;  // Then they come round: 0.03 times as much is 2 pi.
  CausalSnippets depth = unsteady(change);
  std::vector<at::Tensor> pictures, truths;
  for (std::int64_t i = 0; i < kPictures; ++i) {
    const at::Tensor small = picture(i).slice(1, 0, 48).slice(2, 0, 64).contiguous();
    pictures.push_back(small);
    truths.push_back(depth_of(small));
  }
  Drift largest;
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    const auto i = static_cast<std::size_t>(frame % kPictures);
    const at::Tensor map = depth.next(pictures[i]);
    const at::Tensor& truth = truths[i];
    largest.log_scale =
        std::max(largest.log_scale, std::abs(std::log(spread_of(map) / spread_of(truth))));
    largest.shift = std::max(largest.shift, std::abs((map.mean() - truth.mean()).item<double>()));
  }
  return largest;
}

at::Tensor noise_like(const at::Tensor& snippet, std::int64_t call) {
  return at::randn(snippet.sizes(),
                   at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(call)));
}

// Errors of the fits add up like the steps of a walk; least squares would shrink every scale a
// little besides.
TEST(CausalSnippets, KeepsScaleAndShiftOverThousandsOfFrames) {
  const Drift drift = largest_drift(2000, [](const at::Tensor& snippet, std::int64_t call) {
    return own_scale_and_shift(0.3, 0.3)(snippet + 0.02 * noise_like(snippet, call), call);
  });
  EXPECT_LT(drift.log_scale, 0.7);
  EXPECT_LT(drift.shift, 0.7);
}

// The network always sees earlier frames flatter and farther than the last: scales would grow by
// e^7 in so many frames, and shifts with them. And the other way round.
TEST(CausalSnippets, KeepsItsBoundsWhereEveryFitErrsTheSameWay) {
  for (const double factor : {0.99, 1.01}) {
    const Drift drift = largest_drift(700, [&](const at::Tensor& snippet, std::int64_t) {
      at::Tensor changed = snippet.clone();
      changed.slice(0, 0, changed.size(0) - 1).mul_(factor).add_(factor - 1);
      return changed;
    });
    EXPECT_GT(drift.log_scale, 1) << factor;
    EXPECT_LT(drift.log_scale, std::log(CausalSnippets::kMostScale) + 0.1) << factor;
    // Frames have another middle than the ones before them.
    EXPECT_LT(drift.shift, CausalSnippets::kMostShift + 0.1 * CausalSnippets::kMostScale) << factor;
  }
}

class CausalSnippetsOptions : public ::testing::Test {
 protected:
  static std::string refusal(const CausalOptions& options) {
    return message_of(ErrorKind::kUsage, [&] { steady(options); });
  }
  CausalOptions options_ = options_of();
};

TEST_F(CausalSnippetsOptions, AreToldByName) {
  const Settings settings = steady(options_).settings();
  EXPECT_EQ(settings["mode"], "snippet");
  EXPECT_EQ(settings["dilations"], Settings({1, 10}));
  EXPECT_EQ(settings["snip_len"], 3);
  EXPECT_EQ(settings["seed"], 42);
  options_.mode = CausalMode::kFrame;
  EXPECT_FALSE(steady(options_).settings().contains("dilations"));
}

TEST_F(CausalSnippetsOptions, AreRefusedOutOfRange) {
  options_.dilations = {};
  EXPECT_THAT(refusal(options_), HasSubstr("--dilations"));
  options_.dilations = {0};
  EXPECT_THAT(refusal(options_), HasSubstr("--dilations: 0 is too small"));
  options_.dilations = {1, 100000};
  EXPECT_THAT(refusal(options_), HasSubstr("--dilations: 100000 is too large"));
  options_ = options_of();
  options_.snippet_length = 5;
  EXPECT_THAT(refusal(options_), HasSubstr("--snip-len: 5 is too large"));
  options_.snippet_length = 1;
  EXPECT_THAT(refusal(options_), HasSubstr("--snip-len: 1 is too small"));
}

TEST_F(CausalSnippetsOptions, AreRefusedWhereTheModelWasNotMadeForThem) {
  auto model = std::make_unique<FakeModel>();
  model->info_.snippet_lengths = {1, 2};
  EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { CausalSnippets(std::move(model), options_); }),
              HasSubstr("snippet length 3"));
  model = std::make_unique<FakeModel>();
  model->info_.snippet_lengths = {3};
  EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { CausalSnippets(std::move(model), options_); }),
              HasSubstr("snippet length 1"));
}

}  // namespace
}  // namespace rollingdepth
