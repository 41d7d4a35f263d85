#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "film/shot_run.hpp"
#include "merge/clip_depth.hpp"
#include "merge/merged_maps.hpp"
#include "method/clip_frames.hpp"
#include "shots/cuts.hpp"
#include "store/noted_texts.hpp"

namespace rollingdepth {

/// The depth of finished shots in a spool, under the numbers of the clip's frames.
class ShotDepth {
 public:
  explicit ShotDepth(Spool& spool);

  /// Whether all frames [first, last) are there, as RangedMaps::has_all().
  [[nodiscard]] bool has_all(std::int64_t first, std::int64_t last) const {
    return maps_ && maps_->has_all(first, last);
  }
  /// @throws Error(kOutput) on a full disk.
  void write(std::int64_t frame, const at::Tensor& map);
  /// REQUIRES: a frame is there.
  [[nodiscard]] RangedMaps& maps() { return *maps_; }

 private:
  Spool& spool_;
  TensorStore size_;  // [2], record 0: height and width.
  std::optional<RangedMaps> maps_;
};

/// The cameras of finished shots in a spool, under the numbers of the clip's frames.
class ShotCameras {
 public:
  explicit ShotCameras(Spool& spool);

  /// As ShotDepth::has_all().
  [[nodiscard]] bool has_all(std::int64_t first, std::int64_t last) const {
    return cameras_.has_all(first, last);
  }
  /// @throws Error(kOutput) on a full disk.
  void write(std::int64_t frame, const FrameCamera& camera);
  /// @throws MissingRecord.
  [[nodiscard]] FrameCamera read(std::int64_t frame) const;

 private:
  TensorStore cameras_;  // [15]: FrameCamera's numbers in its order.
};

/// Whether the depth of a shot is finished. @param spool of the job, for any of its processes.
bool has_shot(Spool& spool, UnitRange shot);

/// For each shot of a job whether its depth is finished, of any of its processes.
/// @param spool of the job. @param frames of the clip.
std::vector<bool> finished_shots(const SpoolPlace& spool, const Cuts& cuts, std::int64_t frames);

/// What the stores of a shot have before their names. @param index of the shot, from 0.
std::string shot_prefix(std::int64_t index);

/// The frames of each shot. @param frames of the clip, >= 1; cuts beyond it do not count.
std::vector<UnitRange> shots_of(const Cuts& cuts, std::int64_t frames);

/// As DepthMethod::forecast(): the spool holds the depth of all shots, and what one of them needs.
/// @param shots of all frames, in order. @param dtype of the model.
Forecast forecast_of_shots(const DepthMethod& method, FrameSize size,
                           const std::vector<UnitRange>& shots, c10::ScalarType dtype);

/// A clip of several shots, each computed as a clip of its own, one after another. What a finished
/// shot needs of the spool is its depth.
class FilmRun {
 public:
  /// @param frames of the clip, borrowed, as all of `setup`. REQUIRES: there are cuts.
  FilmRun(ClipFrames& frames, const ShotSetup& setup);

  /// @throws Error, MissingRecord, Cancelled.
  void run();
  [[nodiscard]] const ClipDepth& depth() const { return depth_; }
  /// As MethodRun::summary(), with `shots`.
  [[nodiscard]] Settings summary() const;
  /// As MethodRun::cameras(), of all shots. @throws MissingRecord.
  [[nodiscard]] std::vector<FrameCamera> cameras() const;
  /// As Stages::seconds(), of all shots.
  [[nodiscard]] const StageSeconds& seconds() const { return seconds_; }

 private:
  void require_space(const std::vector<UnitRange>& shots) const;
  [[nodiscard]] bool is_finished(const UnitRange& shot) const;
  void drop(std::int64_t frames);
  std::int64_t run_shot(std::int64_t index, UnitRange shot, Progress& progress);
  void keep(const ShotRun& run, std::int64_t first);

  ClipFrames& frames_;
  const ShotSetup& setup_;
  ShotDepth finished_;
  std::optional<ShotCameras> cameras_;  // Where the method has them.
  NotedTexts summaries_;
  std::vector<UnitRange> shots_;
  ClipDepth depth_;
  StageSeconds seconds_;
};

}  // namespace rollingdepth
