// A run that is stopped by an error in the middle and run again with the same spool.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <fstream>

#include "fake_model.hpp"
#include "method/rolling_depth/spool_forecast.hpp"
#include "rollingdepth/error.hpp"
#include "run_rolling_depth.hpp"
#include "temporary_folder.hpp"
#include "tensor_clip.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using testing::RecordingSink;
using testing::run_rolling_depth;
using testing::TemporaryFolder;
using testing::TensorSource;

// Bytes of a merged map of 24 x 32 pixels in its file.
constexpr std::int64_t kMapRecord = RecordFile::kHeaderBytes + 24 * 32 * 4;

// Counts its calls, and ends the run before the UNet call after `calls_left`.
class StoppingModel final : public testing::FakeModel {
 public:
  at::Tensor encode(const at::Tensor& rgb) override {
    ++encode_calls;
    return FakeModel::encode(rgb);
  }
  at::Tensor denoise(const at::Tensor& sample, std::int64_t step, std::int64_t views) override {
    if (calls_left-- == 0) throw Error(ErrorKind::kDevice, "stopped");
    return FakeModel::denoise(sample, step, views);
  }

  int calls_left = -1;
  int encode_calls = 0;
};

// Keeps the warnings.
class WarningProgress final : public Progress {
 public:
  void begin(std::string_view, std::int64_t, std::string_view) override {}
  void advance(std::int64_t) override {}
  void end(std::string_view) override {}
  void check_cancelled() override {}
  void warn(const std::string& message) override { warnings.push_back(message); }
  std::vector<std::string> warnings;
};

// Frames with blocks of all levels, which move.
at::Tensor moving_frames(std::int64_t frames, std::int64_t height, std::int64_t width) {
  const auto along = [](std::int64_t count, std::vector<std::int64_t> shape) {
    return at::arange(count, at::kFloat).view(shape);
  };
  const at::Tensor level =
      at::sin(along(frames, {frames, 1, 1, 1}) * 0.1 + along(width, {1, 1, 1, width}) * 0.07) +
      along(height, {1, 1, height, 1}) / static_cast<double>(height);
  return (level * 60 + 90).expand({frames, 3, height, width}).to(at::kByte).contiguous();
}

class StoppedPipeline : public ::testing::Test {
 protected:
  // One run of the job in `folder`; nothing where it was stopped after `calls_left` UNet calls.
  at::Tensor run(const TemporaryFolder& folder, int calls_left = -1) {
    TensorSource source(frames_);
    source.pts = times_;
    StoppingModel model;
    model.calls_left = calls_left;
    RecordingSink sink;
    WarningProgress progress;
    at::Tensor depth;
    try {
      run_.spool = {.folder = folder.path(), .memory_limit_bytes = 0, .job = 7};
      summary_ = run_rolling_depth(source, model, {&sink}, options_, progress, run_);
      depth = at::stack(sink.maps);
    } catch (const Error& error) {
      EXPECT_EQ(kind_of(error), ErrorKind::kDevice) << describe(error);
    }
    warnings_ = progress.warnings;
    written_times_ = sink.pts;
    calls_ = model.denoise_calls;
    encode_calls_ = model.encode_calls;
    return depth;
  }

  // Stops before every third UNet call.
  void expect_the_same_after_any_stop() {
    const TemporaryFolder whole;
    const at::Tensor expected = run(whole);
    const int all = calls_;
    for (int stopped_after = 0; stopped_after < all; stopped_after += 3) {
      const TemporaryFolder folder;
      EXPECT_FALSE(run(folder, stopped_after).defined());
      EXPECT_TRUE(at::equal(run(folder), expected)) << stopped_after;
      EXPECT_EQ(calls_, all - stopped_after);
    }
  }

  static void damage(const fs::path& file, std::streamoff at) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    const int found = stream.seekg(at).get();
    stream.seekp(at).put(static_cast<char>(found ^ 0x5a));
  }

  static RollingDepthOptions options() {
    RollingDepthOptions options;
    options.clip.res_px = 0;
    options.dilations = {1, 3};
    options.batch = {.vae_frames = 4, .snippets = 1};
    return options;
  }

  // Networks run at half the size of what is written.
  static RollingDepthOptions resampled() {
    RollingDepthOptions resampled = options();
    resampled.clip.res_px = 96;
    resampled.clip.restore_res = true;
    return resampled;
  }

  at::Tensor frames_ = moving_frames(20, 24, 32);
  RollingDepthOptions options_ = options();
  ClipRunOptions run_;
  std::vector<std::int64_t> times_;  // Of the frames; empty for a constant rate.
  ClipRunSummary summary_;
  std::vector<std::string> warnings_;
  std::vector<std::string> noted_;  // Stages, where run_.on_finished notes them.
  std::vector<std::int64_t> written_times_;
  int calls_ = 0;
  int encode_calls_ = 0;
};

TEST_F(StoppedPipeline, GoesOnAtTheSnippetThatIsMissing) { expect_the_same_after_any_stop(); }

// A time that is wrong and a pause: the same times, and the same word on them, also where the clip
// is not read again.
TEST_F(StoppedPipeline, KeepsTheTimesOfFrames) {
  for (std::int64_t n = 0; n < 20; ++n) times_.push_back(40 * n + (n > 12 ? 1000 : 0));
  times_[5] = 31'000;
  const TemporaryFolder folder;
  EXPECT_FALSE(run(folder, 4).defined());
  EXPECT_TRUE(run(folder).defined());
  EXPECT_EQ(encode_calls_, 0);
  for (std::int64_t n = 0; n < 20; ++n) {
    EXPECT_EQ(written_times_.at(static_cast<std::size_t>(n)), n + (n > 12 ? 25 : 0)) << n;
  }
  EXPECT_THAT(warnings_, Contains(HasSubstr("1 frame has a wrong time")));
  EXPECT_FALSE(summary_.variable_frame_rate);
  EXPECT_EQ(summary_.frame_rate, (Rational{25, 1}));
}

TEST_F(StoppedPipeline, GoesOnInTheMiddleOfARefinement) {
  options_.refine = {.steps = 2};
  expect_the_same_after_any_stop();
}

TEST_F(StoppedPipeline, GoesOnInAnyChunk) {
  options_.chunk_frames = 10;
  options_.chunk_overlap = 3;
  expect_the_same_after_any_stop();
  EXPECT_EQ(summary_.method.at("chunks").size(), 3U);
}

TEST_F(StoppedPipeline, HasNothingToComputeOnceAllIsThere) {
  options_.refine = {.steps = 2};
  const TemporaryFolder folder;
  const at::Tensor expected = run(folder);
  EXPECT_TRUE(at::equal(run(folder), expected));
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(encode_calls_, 0);
}

// Once merged, the maps of a frame are gone: all that show it are predicted again.
TEST_F(StoppedPipeline, MergesADamagedFrameFromMapsThatItPredictsAgain) {
  const TemporaryFolder folder;
  const at::Tensor expected = run(folder);
  const int all = calls_;
  damage(folder / "merged.spool", 9 * kMapRecord + 500);
  EXPECT_TRUE(at::equal(run(folder), expected));
  EXPECT_EQ(calls_, 6) << "three snippets of each dilation";
  EXPECT_LT(calls_, all);
  EXPECT_EQ(encode_calls_, 0);
  EXPECT_THAT(warnings_, Contains(HasSubstr("record 9 of the spool 'merged': it is missing or "
                                            "damaged; all that others have left is checked")));
}

// Nothing is asked for record by record then, and what is believed without reason still comes out
// before anything is written.
TEST_F(StoppedPipeline, ComputesDamagedRecordsOfFinishedStagesAgain) {
  options_.refine = {.steps = 2};
  run_.on_finished = [&](const std::string& stage) { noted_.push_back(stage); };
  const TemporaryFolder whole;
  const at::Tensor expected = run(whole);
  EXPECT_THAT(noted_, IsSupersetOf({"encode", "snippets", "merge", "refine"}));
  run_.on_finished = nullptr;
  run_.finished = noted_;
  std::vector<std::string> damaged;
  for (const std::string& name : whole.names()) {
    SCOPED_TRACE(name);
    const TemporaryFolder folder;
    fs::copy(whole.path(), folder.path(), fs::copy_options::recursive);
    // The end of the last record: its mark stays.
    damage(folder / name, static_cast<std::streamoff>(fs::file_size(folder / name)) - 2);
    EXPECT_TRUE(at::equal(run(folder), expected));
    if (!warnings_.empty()) damaged.push_back(name);
    fs::resize_file(folder / name, 0);
    EXPECT_TRUE(at::equal(run(folder), expected));
  }
  EXPECT_THAT(damaged, IsSupersetOf({"refined.spool", "samples-1.spool", "times.spool"}));
}

TEST_F(StoppedPipeline, EncodesDamagedLatentsAgain) {
  const TemporaryFolder folder;
  const at::Tensor expected = run(folder);
  for (const char* name : {"latents.spool", "merged.spool"}) {
    damage(folder / name, static_cast<std::streamoff>(fs::file_size(folder / name)) - 2);
  }
  EXPECT_TRUE(at::equal(run(folder), expected));
  EXPECT_EQ(encode_calls_, 1) << "of five";
}

// The clip is read to its end and cannot be read once more: latents are looked at meanwhile.
TEST_F(StoppedPipeline, FindsDamagedLatentsWhileItReadsTheClip) {
  const TemporaryFolder folder;
  const at::Tensor expected = run(folder);
  fs::resize_file(folder / "length.spool", 0);
  fs::resize_file(folder / "samples-1.spool", 0);
  fs::resize_file(folder / "samples-3.spool", 0);
  damage(folder / "latents.spool", 500);
  EXPECT_TRUE(at::equal(run(folder), expected));
  EXPECT_EQ(encode_calls_, 1);
}

// What a depth is apart from its scale is known to two parts in a hundred at the seams.
TEST_F(StoppedPipeline, ChunksGiveNearlyTheDepthOfTheWhole) {
  const TemporaryFolder whole, parts;
  const at::Tensor expected = run(whole);
  options_.chunk_frames = 10;
  options_.chunk_overlap = 4;
  EXPECT_LT((run(parts) - expected).abs().max().item<float>(), 1e-3);
  std::vector<std::int64_t> firsts;
  for (const auto& chunk : summary_.method.at("chunks")) {
    firsts.push_back(chunk.at("first_frame").get<std::int64_t>());
  }
  EXPECT_THAT(firsts, ElementsAre(0, 6, 12));
}

// Bytes that this process has read from files and the like.
std::int64_t bytes_read() {
  std::ifstream stream("/proc/self/io");
  std::string name;
  std::int64_t bytes = -1;
  stream >> name >> bytes;
  EXPECT_EQ(name, "rchar:");
  return bytes;
}

// Where only the outputs are missing no map is read more than once to see that it is whole, or for
// its exact range, and once to be written.
class ResumedWrite : public StoppedPipeline, public ::testing::WithParamInterface<std::string> {};

TEST_P(ResumedWrite, ReadsEveryMapTwice) {
  frames_ = moving_frames(40, 128, 192);
  const std::string name = GetParam();
  if (name == "Refined") options_.refine = {.steps = 1};
  if (name == "Resampled") options_ = resampled();
  if (name == "Chunked") {
    options_.chunk_frames = 12;
    options_.chunk_overlap = 4;
  }
  const TemporaryFolder folder;
  run_.on_finished = [&](const std::string& stage) { noted_.push_back(stage); };
  const at::Tensor expected = run(folder);
  run_.on_finished = nullptr;
  run_.finished = noted_;
  // What is aligned again is read once; of the rest, little.
  std::int64_t maps = 0, samples = 0;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    const std::string file = entry.path().filename();
    const auto bytes = static_cast<std::int64_t>(entry.file_size());
    const bool written_from = name == "Refined"
                                  ? file == "refined.spool"
                                  : file == "merged.spool" || file == "merged-again.spool";
    maps += written_from ? bytes : 0;
    samples += file.find("samples") != std::string::npos ? bytes : 0;
  }
  ASSERT_GT(maps, 40 * 64 * 96 * 4 - 1);
  const std::int64_t before = bytes_read();
  EXPECT_TRUE(at::equal(run(folder), expected));
  EXPECT_LT(bytes_read() - before, 2 * maps + samples + maps / 2) << maps << " and " << samples;
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(encode_calls_, 0);
}

INSTANTIATE_TEST_SUITE_P(ClipRun, ResumedWrite,
                         ::testing::Values("Plain", "Refined", "Resampled", "Chunked"),
                         [](const auto& tested) { return tested.param; });

struct ForecastCase {
  std::string name;
  std::int64_t chunk_frames = 0;
  std::int64_t refine_steps = 0;
  SpoolDtype dtype = SpoolDtype::kUint16;
};
void PrintTo(const ForecastCase& tested, std::ostream* stream) { *stream << tested.name; }

// More of them than files may be open. 5,000 with 256 take 10 s and say no more.
TEST(ManyChunks, NeedNoFileEach) {
  constexpr std::int64_t kChunks = 300, kAdvance = 4;
  struct OpenFilesLimit {
    explicit OpenFilesLimit(rlim_t files) {
      getrlimit(RLIMIT_NOFILE, &before);
      const rlimit limited{files, before.rlim_max};
      setrlimit(RLIMIT_NOFILE, &limited);
    }
    ~OpenFilesLimit() { setrlimit(RLIMIT_NOFILE, &before); }
    rlimit before{};
  } const limit(96);
  const TemporaryFolder folder;
  RollingDepthOptions options;
  options.clip.res_px = 0;
  options.dilations = {1};
  options.snippet_length = 2;
  options.chunk_frames = 8;
  options.chunk_overlap = 8 - kAdvance;
  options.batch = {.vae_frames = 64, .snippets = 3};
  const std::int64_t frames = (kChunks - 1) * kAdvance + options.chunk_frames;
  TensorSource source(moving_frames(frames, 8, 16));
  testing::FakeModel model;
  SilentProgress progress;
  const ClipRunSummary summary =
      run_rolling_depth(source, model, {}, options, progress,
                        {.folder = folder.path(), .memory_limit_bytes = 0, .job = 7});
  EXPECT_EQ(summary.method.at("chunks").size(), static_cast<std::size_t>(kChunks));
  EXPECT_EQ(summary.frames, frames);
}

class SpoolForecasts : public ::testing::TestWithParam<ForecastCase> {};

// Maps of 48 kB, so that the file system's blocks do not matter.
TEST_P(SpoolForecasts, TellWhatARunTakesOfTheDisk) {
  constexpr std::int64_t kFrames = 40;
  const TemporaryFolder folder;
  RollingDepthOptions options;
  options.clip.res_px = 0;
  options.dilations = {1, 5};
  options.chunk_frames = GetParam().chunk_frames;
  options.chunk_overlap = options.chunk_frames / 5;
  options.refine.steps = GetParam().refine_steps;
  options.spool_dtype = GetParam().dtype;
  TensorSource source(moving_frames(kFrames, 128, 192));
  testing::FakeModel model;
  SilentProgress progress;
  const ClipRunSummary summary =
      run_rolling_depth(source, model, {}, options, progress,
                        {.folder = folder.path(), .memory_limit_bytes = 0, .job = 7});
  const Forecast forecast =
      forecast_spool({192, 128}, kFrames, model.info(), sizeof(float), options);
  const auto taken = static_cast<double>(summary.spool_bytes);
  EXPECT_NEAR(static_cast<double>(forecast.spool_peak_bytes), taken, 0.2 * taken);
  EXPECT_EQ(forecast.depth_bytes, kFrames * 128 * 192 * 4);
}

INSTANTIATE_TEST_SUITE_P(Pipeline, SpoolForecasts,
                         ::testing::Values(ForecastCase{.name = "Plain"},
                                           ForecastCase{.name = "Fp32", .dtype = SpoolDtype::kFp32},
                                           ForecastCase{.name = "Refined", .refine_steps = 3},
                                           ForecastCase{.name = "Chunked", .chunk_frames = 15},
                                           ForecastCase{.name = "ChunkedAndRefined",
                                                        .chunk_frames = 15,
                                                        .refine_steps = 2}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace rollingdepth
