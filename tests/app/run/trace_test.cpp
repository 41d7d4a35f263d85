// What `--profile` writes.
#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::case_clip;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::joined;
using testing::lines_of;
using testing::long_run;
using ::testing::Not;
using testing::outputs_in;
using testing::ProgramResult;
using testing::run_kinds;
using testing::run_program;
using testing::RunKind;
using testing::small_run;
using testing::TemporaryFolder;
using testing::text_of;
using testing::Words;
using Json = nlohmann::json;

// Times are written in microseconds with three decimals.
constexpr double kRoundingMicroseconds = 0.01;

struct Span {
  int thread = 0;
  std::string category, name;
  double begin_us = 0, end_us = 0;
  Json counts;

  [[nodiscard]] bool holds(const Span& other) const {
    return begin_us <= other.begin_us + kRoundingMicroseconds &&
           other.end_us <= end_us + kRoundingMicroseconds;
  }
};

// A trace, read back.
struct Trace {
  explicit Trace(const fs::path& file) {
    const Json json = Json::parse(text_of(file));
    for (const Json& event : json["traceEvents"]) {
      if (event["ph"] == "M") threads[event["tid"]] = event["args"]["name"];
      if (event["ph"] == "C") memory_bytes.push_back(event["args"]["resident_bytes"]);
      if (event["ph"] != "X") continue;
      const double begin_us = event["ts"];
      spans.push_back({event["tid"], event["cat"], event["name"], begin_us,
                       begin_us + event["dur"].get<double>(), event["args"]});
    }
  }

  [[nodiscard]] std::vector<Span> with(const std::string& category,
                                       const std::string& name = "") const {
    std::vector<Span> found;
    for (const Span& span : spans) {
      if (span.category == category && (name.empty() || span.name == name)) found.push_back(span);
    }
    return found;
  }
  // The names of the stages, each once, in the order of their first time.
  [[nodiscard]] std::vector<std::string> stages() const {
    std::vector<std::string> names;
    for (const Span& span : with("stage")) {
      if (std::find(names.begin(), names.end(), span.name) == names.end()) {
        names.push_back(span.name);
      }
    }
    return names;
  }
  // The stage in which `span` lies as a whole; empty where there is none.
  [[nodiscard]] std::string stage_of(const Span& span) const {
    for (const Span& stage : with("stage")) {
      if (stage.holds(span)) return stage.name;
    }
    return "";
  }
  // The sum of what the spans of a batch count.
  [[nodiscard]] std::int64_t counted(const std::string& name, const std::string& unit) const {
    std::int64_t sum = 0;
    for (const Span& span : with("batch", name)) sum += span.counts.at(unit).get<std::int64_t>();
    return sum;
  }

  std::map<int, std::string> threads;
  std::vector<Span> spans;
  std::vector<std::int64_t> memory_bytes;
};

Json report_in(const TemporaryFolder& folder) {
  return Json::parse(text_of(folder / "output/clip_report.json"));
}

class ProfiledRun : public ::testing::TestWithParam<RunKind> {
 protected:
  void SetUp() override {
    const ProgramResult result =
        run_program(folder_.path(), long_run(joined({"--profile"}, GetParam().options)));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    trace_.emplace(folder_ / "output/clip_trace.json");
    report_ = report_in(folder_);
  }

  TemporaryFolder folder_;
  std::optional<Trace> trace_;
  Json report_;
};

TEST_P(ProfiledRun, ShowsTheStagesOfTheReport) {
  std::map<std::string, double> seconds;
  for (const Span& stage : trace_->with("stage")) {
    EXPECT_EQ(trace_->threads.at(stage.thread), "main");
    seconds[stage.name] += (stage.end_us - stage.begin_us) / 1e6;
  }
  std::vector<std::string> reported;
  for (const Json& stage : report_["stages"]) {
    reported.push_back(stage["stage"]);
    EXPECT_GE(seconds[reported.back()], stage["seconds"].get<double>() - 1e-6) << reported.back();
  }
  EXPECT_EQ(trace_->stages(), reported);
}

TEST_P(ProfiledRun, ShowsEveryBatchInItsStage) {
  const std::map<std::string, std::string> stage_of = {
      {"prepare", "encode"},      {"encode", "encode"},      {"align outliers", "align"},
      {"align start", "align"},   {"align round", "align"},  {"merge frame", "merge"},
      {"encode depth", "refine"}, {"refine step", "refine"}, {"depth map", "write"}};
  for (const Span& batch : trace_->with("batch")) {
    const std::string stage = trace_->stage_of(batch);
    if (stage_of.contains(batch.name)) {
      // Joining chunks aligns them too.
      EXPECT_TRUE(stage == stage_of.at(batch.name) || stage == "join") << batch.name << stage;
    } else {
      EXPECT_TRUE(batch.name == "denoise" || batch.name == "decode") << batch.name;
      EXPECT_TRUE(stage == "snippets" || stage == "refine") << batch.name << " in " << stage;
    }
  }
  EXPECT_EQ(trace_->counted("encode", "frames"), report_["result"]["frames"]);
  EXPECT_EQ(trace_->with("batch", "refine step").size(), report_["settings"]["refine_step"]);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ProfiledRun, ::testing::ValuesIn(run_kinds()),
                         [](const auto& kind) { return kind.param.name; });

TEST(Trace, CountsWhatTheReportCounts) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(folder.path(), long_run({"--profile"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(lines_of(result.out), Contains("output/clip_trace.json"));
  const Json report = report_in(folder);
  EXPECT_THAT(report["outputs"], Contains("clip_trace.json"));
  const Trace trace(folder / "output/clip_trace.json");
  const std::int64_t snippets = report["result"]["snippets"];
  const std::int64_t length = report["result"]["snippet_length"];
  EXPECT_EQ(trace.counted("encode", "frames"), 24);
  EXPECT_EQ(trace.counted("denoise", "snippets"), snippets);
  EXPECT_EQ(trace.counted("decode", "frames"), snippets * length);
  EXPECT_EQ(trace.with("write", "spool snippet").size(), static_cast<std::size_t>(snippets));
  EXPECT_EQ(trace.with("batch", "align round").size(), report["alignment"]["rounds"]);
  EXPECT_EQ(trace.with("read", "load model").size(), 1U);
  // The reader is ahead of the frames that are asked for.
  EXPECT_GE(trace.with("read", "read frame").size(), 24U);
}

TEST(Trace, HasARowForEveryThreadAndFile) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(
      folder.path(), small_run({"-i", case_clip("fast"), "--profile", "--save-npz", "--save-png16",
                                "--save-exr", "--depth-video", "ffv1"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Trace trace(folder / "output/clip_trace.json");
  EXPECT_EQ(trace.threads.at(1), "main");
  std::set<std::string> names;
  for (const auto& [thread, name] : trace.threads) names.insert(name);
  EXPECT_EQ(names,
            (std::set<std::string>{"main", "hash", "read", "spool", "clip_pred.npy",
                                   "clip_Spectral_r.mp4", "clip_Greys_r.mp4", "clip_rgbd.mp4",
                                   "clip_pred.npz", "clip_png16", "clip_exr", "clip_depth.mkv"}));
  for (const auto& [thread, name] : trace.threads) {
    std::vector<Span> own;
    for (const Span& span : trace.spans) {
      if (span.thread == thread) own.push_back(span);
    }
    ASSERT_FALSE(own.empty()) << name;
    if (name.starts_with("clip_")) {
      EXPECT_EQ(own.size(), 5U) << name;
      EXPECT_EQ(own.front().name, name);
    }
    // Spans of one thread lie inside each other or apart.
    for (const Span& a : own) {
      for (const Span& b : own) {
        EXPECT_TRUE(a.holds(b) || b.holds(a) || a.end_us <= b.begin_us + kRoundingMicroseconds ||
                    b.end_us <= a.begin_us + kRoundingMicroseconds)
            << name << ": " << a.name << ", " << b.name;
      }
    }
  }
}

TEST(Trace, ShowsMemoryOverTime) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program(folder.path(), small_run({"-i", case_clip("fast"), "--profile"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Trace trace(folder / "output/clip_trace.json");
  // The kernel counts pages by processor and adds them up now and then.
  const auto peak_bytes =
      static_cast<std::int64_t>(1.02 * report_in(folder)["peak_memory_bytes"].get<double>());
  EXPECT_GE(trace.memory_bytes.size(), 2U);
  EXPECT_THAT(trace.memory_bytes,
              Each(AllOf(::testing::Gt(10'000'000), ::testing::Le(peak_bytes))));
}

// The first clip fails once its frames are decoded: the second one's trace knows nothing of it.
TEST(Trace, BelongsToOneClip) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b"}) {
    fs::copy(case_clip("fast"), folder / (std::string(name) + ".mp4"));
  }
  fs::copy(case_clip("pairs"), folder / "short.mp4");
  const ProgramResult result = run_program(
      folder.path(), small_run({"-i", "a.mp4", "short.mp4", "b.mp4", "--profile", "--from", "30"}));
  ASSERT_EQ(result.exit_code, 3) << result.err;
  const Trace first(folder / "output/a_trace.json"), second(folder / "output/b_trace.json");
  EXPECT_EQ(first.with("read", "load model").size(), 1U);
  EXPECT_EQ(second.with("read", "load model").size(), 0U);
  EXPECT_EQ(first.stages(), second.stages());
  for (const Trace* trace : {&first, &second}) {
    EXPECT_EQ(trace->with("stage").size(), trace->stages().size());
    EXPECT_EQ(trace->counted("encode", "frames"), 5);
  }
  EXPECT_FALSE(fs::exists(folder / "output/short_trace.json"));
}

TEST(Trace, IsOneMoreOutput) {
  const Words arguments = small_run({"-i", case_clip("fast")});
  const Words profiled = joined(arguments, {"--profile"});
  const TemporaryFolder folder;
  ASSERT_EQ(run_program(folder.path(), arguments).exit_code, 0);
  const auto plain = outputs_in(folder.path());
  // It cannot be made without running, as the array that --save-npz asks for.
  const ProgramResult added = run_program(folder.path(), profiled);
  EXPECT_EQ(added.exit_code, 0) << added.err;
  EXPECT_THAT(added.err, Not(HasSubstr("skipped")));
  auto outputs = outputs_in(folder.path());
  EXPECT_EQ(outputs.erase("clip_trace.json"), 1U);
  EXPECT_EQ(outputs, plain);
  const std::string trace = text_of(folder / "output/clip_trace.json");
  for (const Words& again : {profiled, arguments}) {
    const ProgramResult skipped = run_program(folder.path(), again);
    EXPECT_EQ(skipped.exit_code, 0);
    EXPECT_THAT(skipped.err, HasSubstr("skipped"));
    EXPECT_EQ(text_of(folder / "output/clip_trace.json"), trace);
  }
  EXPECT_EQ(run_program(folder.path(), joined(profiled, {"--overwrite"})).exit_code, 0);
  EXPECT_NE(text_of(folder / "output/clip_trace.json"), trace);
}

TEST(Trace, LeavesNothingHalfDoneWhereItCannotBeWritten) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "output/clip_trace.json/taken");
  const ProgramResult result =
      run_program(folder.path(), small_run({"-i", case_clip("fast"), "--profile", "--overwrite"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("cannot write output/clip_trace.json"));
  for (const auto& [name, hash] : outputs_in(folder.path())) {
    EXPECT_TRUE(name.starts_with("clip.job/") || name.starts_with("clip_trace.json/")) << name;
  }
}

TEST(Trace, IsPlannedButNotWrittenByADryRun) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program(folder.path(), small_run({"-i", case_clip("fast"), "--profile", "--dry-run"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("output/clip_trace.json"));
  EXPECT_FALSE(fs::exists(folder / "output"));
}

TEST(Trace, IsOfRunsOverVideosOnly) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program(folder.path(), {"align", "clip_snippets.npz", "-o", "d.npy", "--profile"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--profile"));
}

}  // namespace
}  // namespace rollingdepth
