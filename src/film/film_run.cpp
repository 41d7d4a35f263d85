#include "film/film_run.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "film/film_progress.hpp"
#include "film/shot_frames.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int64_t>::max();
constexpr const char* kSnippets = "snippets";

// What another shot has otherwise is no result of the clip; what is counted is summed up later.
void keep_common(Settings& result, const Settings& other) {
  Settings common = Settings::object();
  for (const auto& [name, value] : result.items()) {
    if (name == kSnippets || other.value(name, Settings(nullptr)) == value) common[name] = value;
  }
  result = std::move(common);
}

}  // namespace

ShotDepth::ShotDepth(Spool& spool) : spool_(spool), size_(spool, "shots-size", {2}, at::kLong) {
  const std::optional<at::Tensor> size = size_.find(0);
  if (!size) return;
  const auto* sides = size->const_data_ptr<std::int64_t>();
  maps_.emplace(spool, "shots", FrameSize{.width_px = sides[1], .height_px = sides[0]});
}

void ShotDepth::write(std::int64_t frame, const at::Tensor& map) {
  if (!maps_) {
    maps_.emplace(spool_, "shots", FrameSize{.width_px = map.size(1), .height_px = map.size(0)});
    size_.write(0, at::tensor({map.size(0), map.size(1)}, at::kLong));
  }
  maps_->write(frame, map);
}

ShotCameras::ShotCameras(Spool& spool) : cameras_(spool, "shots-cameras", {15}, at::kDouble) {}

void ShotCameras::write(std::int64_t frame, const FrameCamera& camera) {
  std::vector<double> numbers(camera.world_to_camera.begin(), camera.world_to_camera.end());
  numbers.insert(numbers.end(), {camera.vertical_fov_radians, camera.horizontal_fov_radians,
                                 static_cast<double>(camera.window)});
  cameras_.write(frame, at::tensor(numbers, at::kDouble));
}

FrameCamera ShotCameras::read(std::int64_t frame) const {
  const at::Tensor tensor = cameras_.read(frame);
  const auto* numbers = tensor.const_data_ptr<double>();
  FrameCamera camera;
  const std::size_t matrix = camera.world_to_camera.size();
  std::copy_n(numbers, matrix, camera.world_to_camera.begin());
  camera.vertical_fov_radians = numbers[matrix];
  camera.horizontal_fov_radians = numbers[matrix + 1];
  camera.window = static_cast<std::int64_t>(numbers[matrix + 2]);
  return camera;
}

bool has_shot(Spool& spool, UnitRange shot) {
  return ShotDepth(spool).has_all(shot.first, shot.last);
}

std::vector<bool> finished_shots(const SpoolPlace& place, const Cuts& cuts, std::int64_t frames) {
  Spool spool(place);
  const ShotDepth depth(spool);
  std::vector<bool> finished;
  for (const UnitRange& shot : shots_of(cuts, frames)) {
    finished.push_back(depth.has_all(shot.first, shot.last));
  }
  return finished;
}

std::string shot_prefix(std::int64_t index) { return "shot" + std::to_string(index + 1) + "-"; }

std::vector<UnitRange> shots_of(const Cuts& cuts, std::int64_t frames) {
  std::vector<UnitRange> shots;
  std::int64_t first = 0;
  for (const std::int64_t cut : cuts) {
    if (cut >= frames) break;
    shots.push_back({first, cut});
    first = cut;
  }
  shots.push_back({first, frames});
  return shots;
}

Forecast forecast_of_shots(const DepthMethod& method, FrameSize size,
                           const std::vector<UnitRange>& shots, c10::ScalarType dtype) {
  const auto forecast = [&](std::int64_t count) {
    return method.forecast({.size = size, .frames = count}, dtype);
  };
  std::int64_t longest = 0;
  for (const UnitRange& shot : shots) longest = std::max(longest, shot.last - shot.first);
  const Forecast one = forecast(longest);
  if (shots.size() == 1) return one;
  const std::int64_t depth_bytes = forecast(shots.back().last).depth_bytes;
  return {.spool_peak_bytes = depth_bytes + one.spool_peak_bytes,
          .spool_kept_bytes = depth_bytes,
          .fuse_bytes = one.fuse_bytes,
          .depth_bytes = depth_bytes};
}

FilmRun::FilmRun(ClipFrames& frames, const ShotSetup& setup)
    : frames_(frames), setup_(setup), finished_(setup.spool), summaries_(setup.spool, "summaries") {
  if (setup.method.has_cameras()) cameras_.emplace(setup.spool);
}

bool FilmRun::is_finished(const UnitRange& shot) const {
  return finished_.has_all(shot.first, shot.last) &&
         (!cameras_ || cameras_->has_all(shot.first, shot.last));
}

void FilmRun::require_space(const std::vector<UnitRange>& shots) const {
  if (setup_.goes_on || shots.back().last == kToTheEnd) return;
  const FrameSize size{frames_.info().width_px, frames_.info().height_px};
  const Forecast all = forecast_of_shots(setup_.method, size, shots, setup_.method.dtype());
  setup_.spool.expect(all.spool_peak_bytes);
  const DiskNeed need = need_of_disk(all, shots.back().last, setup_.options.output_bytes_per_pixel,
                                     setup_.options.spool, setup_.spool.taken_bytes());
  if (need.fits) return;
  throw Error(ErrorKind::kOutput, "cannot start: " + need.why + need.advice, Retry::kLater);
}

void FilmRun::run() {
  const bool known = frames_.ended();
  const std::vector<UnitRange> shots =
      shots_of(setup_.options.cuts, known ? frames_.count() : kToTheEnd);
  require_space(shots);
  if (known && setup_.options.on_counted) setup_.options.on_counted(frames_.count());
  FilmProgress progress(setup_.progress, known ? frames_.count() : frames_.expected().value_or(0));
  for (const UnitRange& shot : shots) {
    const auto index = static_cast<std::int64_t>(shots_.size());
    progress.begin_shot(index + 1, shot.first, shot.last == kToTheEnd ? 0 : shot.last - shot.first);
    std::int64_t last = shot.last;
    if (last == kToTheEnd || !is_finished(shot)) {
      last = run_shot(index, shot, progress);
    } else if (!known) {
      drop(last - shot.first);
    }
    shots_.push_back({shot.first, last});
    if (setup_.options.on_finished) {
      setup_.options.on_finished("shot " + std::to_string(index + 1));
    }
  }
  const std::int64_t count = shots_.back().last;
  progress.end_film(count, static_cast<std::int64_t>(shots_.size()));
  if (frames_.has_read() && setup_.options.on_read) setup_.options.on_read(frames_.warnings());
  depth_.add({.first_frame = 0, .frames = count, .merged = ChunkMaps(finished_.maps())});
  if (!setup_.options.one_range) depth_.keep_values();
  depth_.measure_range(setup_.progress);
}

// Reads on to the next shot.
void FilmRun::drop(std::int64_t frames) {
  while (frames > 0 && !frames_.read(1).empty()) --frames;
}

// @return the frame after its last.
std::int64_t FilmRun::run_shot(std::int64_t index, UnitRange shot, Progress& progress) {
  ShotFrames source(frames_, shot);
  ClipRunOptions options = setup_.options;
  options.on_finished = {};
  options.on_read = {};
  if (shot.last == kToTheEnd && setup_.options.on_read) {  // Hours may pass until the shot is done.
    options.on_read = [this](const auto&) { setup_.options.on_read(frames_.warnings()); };
  }
  options.on_counted = {};
  options.output_bytes_per_pixel = 0;
  if (setup_.options.on_merged) {
    options.on_merged = [this, shot](std::int64_t frame, const at::Tensor& map) {
      setup_.options.on_merged(shot.first + frame, map);
    };
  }
  const ShotSetup setup{.method = setup_.method,
                        .spool = setup_.spool,
                        .goes_on = setup_.goes_on,
                        .workers = setup_.workers,
                        .crew = setup_.crew,
                        .archive = nullptr,
                        .options = options,
                        .batch = setup_.batch,
                        .progress = progress};
  const std::string prefix = shot_prefix(index);
  setup_.spool.begin_names_with(prefix);
  std::int64_t frames = 0;
  try {
    ShotRun run(source.frames(), setup, {});
    run.run();
    setup_.spool.begin_names_with("");
    keep(run, shot.first);
    summaries_.write(index, run.summary().dump());
    for (const auto& [stage, seconds] : run.stages().seconds()) {
      add_seconds(seconds_, stage, seconds);
    }
    frames = run.depth().frames();
  } catch (...) {
    setup_.spool.begin_names_with("");
    const ClipFrames& read = source.frames();
    if (index == 0 || !read.ended() || read.count() > 0) throw;
    throw Error(ErrorKind::kInput, "a shot would begin with frame " + std::to_string(shot.first) +
                                       ", and the clip ends before it: its cuts are those of "
                                       "another clip");
  }
  setup_.spool.remove_all(prefix);
  return shot.first + frames;
}

void FilmRun::keep(const ShotRun& run, std::int64_t first) {
  const ClipDepth& depth = run.depth();
  // First: a shot whose depth is there counts as finished for all who work on it.
  std::int64_t next = first;
  for (const FrameCamera& camera : run.cameras()) cameras_->write(next++, camera);
  for (std::int64_t frame = 0; frame < depth.frames(); ++frame) {
    finished_.write(first + frame,
                    setup_.options.one_range ? depth.read_joined(frame) : depth.read(frame));
  }
  setup_.spool.note_usage();
}

std::vector<FrameCamera> FilmRun::cameras() const {
  std::vector<FrameCamera> cameras;
  for (std::int64_t frame = 0; cameras_ && frame < shots_.back().last; ++frame) {
    cameras.push_back(cameras_->read(frame));
  }
  return cameras;
}

// What is the same for all shots; what is counted is summed up.
Settings FilmRun::summary() const {
  Settings result = Settings::object();
  Settings shots = Settings::array();
  std::int64_t snippets = 0;
  for (std::size_t i = 0; i < shots_.size(); ++i) {
    Settings shot = {{"first_frame", shots_[i].first},
                     {"frames", shots_[i].last - shots_[i].first}};
    const auto text = summaries_.find(static_cast<std::int64_t>(i));
    const Settings summary =
        text ? Settings::parse(*text, nullptr, /*allow_exceptions=*/false) : Settings();
    if (summary.is_object() && summary.contains("result")) {
      const Settings& own = summary.at("result");
      if (result.empty()) {
        result = own;
      } else {
        keep_common(result, own);
      }
      snippets += own.value(kSnippets, std::int64_t{0});
      shot.update(summary);
    }
    shots.push_back(std::move(shot));
  }
  if (result.contains(kSnippets)) result[kSnippets] = snippets;
  return {{"result", std::move(result)}, {"shots", std::move(shots)}};
}

}  // namespace rollingdepth
