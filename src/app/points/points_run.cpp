#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/colour_clip.hpp"
#include "app/console_progress.hpp"
#include "app/depth_origin.hpp"
#include "app/interrupt.hpp"
#include "app/points/points_command.hpp"
#include "app/run/inputs.hpp"
#include "app/run/output_place.hpp"
#include "app/run/outputs.hpp"
#include "base/formatted.hpp"
#include "base/prefetched_source.hpp"
#include "decode/depth_clip.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"
#include "write/ply_sink.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

/// One `rollingdepth points`.
class PointsRun {
 public:
  PointsRun(const PointsCommand& command, Console& console)
      : command_(command), console_(console), progress_(console, &interrupt_requested) {}

  void execute() {
    check_folder();
    set_threads(command_.threads);
    depth_ = open_depth_clip(command_.depth, command_.png_scale, command_.max_pixels);
    const DepthListing& listing = depth_->listing();
    if (command_.first_map >= listing.frames) {
      throw Error(ErrorKind::kUsage, "--from: " + listing.name + " has " +
                                         std::to_string(listing.frames) + " depth maps");
    }
    const std::int64_t left = listing.frames - command_.first_map;
    clip_.frames = command_.maps == 0 ? left : std::min(command_.maps, left);
    clip_.height_px = listing.height_px;
    clip_.width_px = listing.width_px;
    find_run();
    open_video();
    const std::unique_ptr<DepthSink> sink = make_sink();
    measure_range();
    write(*sink);
    tell(*sink);
  }

 private:
  // Nothing may be replaced that was not offered; told before an hour of reading.
  void check_folder() {
    const fs::path& folder = command_.folder;
    require_free(folder, command_.overwrite);
    require_writable_folder(folder_of(folder), "cannot write " + folder.string());
    require_place(folder, OutputShape::kFolder);
    check_ply(folder);
  }

  // Those of the video's pictures, as of a run; else, where the clouds are of a part, of the maps.
  [[nodiscard]] std::vector<std::string> numbers_of(const ClipInfo& video) const {
    const std::vector<std::string>& all = video.frame_numbers;
    const std::int64_t end = first_frame_ + clip_.frames;
    if (std::cmp_less_equal(end, all.size()))
      return {all.begin() + first_frame_, all.begin() + end};
    std::vector<std::string> numbers;
    for (std::int64_t i = 0; command_.first_map > 0 && i < clip_.frames; ++i) {
      numbers.push_back(formatted("%06lld", static_cast<long long>(command_.first_map + i)));
    }
    return numbers;
  }

  void find_run() {
    origin_ = depth_origin(command_.depth);
    clip_.values = depth_values(origin_, command_.values);
    command_.points.clouds.require_fit(clip_.values);
    std::string assumed, told;
    if (!command_.values && !origin_.values) {
      assumed = "its values are taken as inverse depth";
      told = "--values";
    }
    if (!command_.video_from && !origin_.frames) {
      assumed += (assumed.empty() ? "it begins" : ", it begins") + std::string(" with the video");
      told += (told.empty() ? "" : " and ") + std::string("--video-from");
    }
    if (!assumed.empty()) {
      console_.say("note: no report of a run vouches for " + depth_->listing().name + ": " +
                   assumed + " (" + told + " say otherwise)");
    }
  }

  void open_video() {
    const FramesTaken taken = origin_.frames.value_or(FramesTaken{});
    video_ = planned_colour_clip(command_.video, taken,
                                 {.max_pixels = command_.max_pixels, .threads = command_.threads});
    first_frame_ = command_.video_from.value_or(taken.first) + command_.first_map;
    const ClipInfo info = video_.open()->info();
    require_same_shape(info);
    command_.points.sight_lines()({info.width_px, info.height_px});  // Its file may be missing.
    require_frames(info);
    clip_.frame_numbers = numbers_of(info);
  }

  // Networks run at multiples of a number of pixels, so that a side may be longer by some.
  void require_same_shape(const ClipInfo& video) const {
    constexpr double kRounded = 0.1, kRoundedPx = 16;
    const auto side = [](std::int64_t pixels) { return static_cast<double>(pixels); };
    const double expected =
        side(clip_.width_px) * side(video.height_px) / side(video.width_px);  // Rows.
    const double difference = std::abs(expected - side(clip_.height_px));
    if (difference <= kRoundedPx || difference <= kRounded * side(clip_.height_px)) return;
    throw Error(ErrorKind::kInput, depth_->listing().name + " is not of this video: its maps are " +
                                       std::to_string(clip_.width_px) + "x" +
                                       std::to_string(clip_.height_px) + ", the frames of " +
                                       video.name + " " + std::to_string(video.width_px) + "x" +
                                       std::to_string(video.height_px));
  }

  void require_frames(const ClipInfo& video) {
    if (!video.frames_exact) return;
    const std::int64_t there = *video.frames_estimate;
    const std::int64_t needed = first_frame_ + clip_.frames;
    if (there < needed) {
      throw Error(ErrorKind::kInput, video.name + " has " + std::to_string(there) +
                                         " frames, and the depth needs " + std::to_string(needed));
    }
    const std::int64_t all = first_frame_ - command_.first_map + depth_->listing().frames;
    if (there > all && !command_.video_from && !origin_.frames) {
      progress_.warn(video.name + " has " + std::to_string(there - all) +
                     (there - all == 1 ? " frame" : " frames") +
                     " more than the depth: check --video-from");
    }
  }

  std::unique_ptr<DepthSink> make_sink() {
    ColorFrames colors{.open =
                           [this] {
                             video_source_ = video_.open();
                             return std::make_unique<PrefetchedSource>(*video_source_,
                                                                       kFramesAhead);
                           },
                       .start_frame = first_frame_,
                       .check_cancelled = [this] { progress_.check_cancelled(); }};
    return make_ply_sink(command_.folder, std::move(colors), command_.points.sight_lines(),
                         command_.points.clouds);
  }

  // The next of the maps that are used.
  at::Tensor next_map() {
    progress_.check_cancelled();
    std::optional<at::Tensor> map = depth_->next();
    if (!map) throw Error(ErrorKind::kInput, depth_->listing().name + " ended too early");
    return *map;
  }

  void skip_maps() {
    for (std::int64_t i = 0; i < command_.first_map; ++i) next_map();
  }

  // Of all maps, so that the clouds of a part are those of the whole, and of finite values.
  void measure_range() {
    const std::int64_t maps = depth_->listing().frames;
    clip_.min = std::numeric_limits<float>::infinity();
    clip_.max = -clip_.min;
    progress_.begin("range", maps, "frames");
    for (std::int64_t i = 0; i < maps; ++i) {
      const at::Tensor map = next_map();
      const float* values = map.const_data_ptr<float>();
      for (std::int64_t pixel = 0; pixel < map.numel(); ++pixel) {
        if (!std::isfinite(values[pixel])) continue;
        clip_.min = std::min(clip_.min, values[pixel]);
        clip_.max = std::max(clip_.max, values[pixel]);
      }
      progress_.advance(i + 1);
    }
    progress_.end("");
    if (clip_.min > clip_.max) {
      throw Error(ErrorKind::kInput, depth_->listing().name + " holds no finite value");
    }
    depth_->rewind();
  }

  void write(DepthSink& sink) {
    fs::create_directories(folder_of(command_.folder));
    progress_.begin("points", clip_.frames, "frames");
    sink.begin(clip_);
    skip_maps();
    for (std::int64_t i = 0; i < clip_.frames; ++i) {
      sink.write(next_map(), i);
      progress_.advance(i + 1);
    }
    progress_.check_cancelled();
    sink.finish();
    progress_.end("");
  }

  void tell(const DepthSink& sink) {
    for (const std::string& remark : sink.remarks()) console_.warn(remark);
    if (command_.quiet) return;
    console_.print(command_.folder.string());
  }

  static constexpr std::size_t kFramesAhead = 4;

  const PointsCommand& command_;
  Console& console_;
  ConsoleProgress progress_;
  std::unique_ptr<DepthReader> depth_;
  DepthOrigin origin_;
  DepthClipInfo clip_;
  PlannedInput video_;
  std::unique_ptr<FrameSource> video_source_;  // Outlives the sink.
  std::int64_t first_frame_ = 0;               // Of the video.
};

}  // namespace

void run_points_command(const PointsCommand& command, Console& console) {
  if (command.quiet) console.set_verbosity(Verbosity::kQuiet);
  PointsRun(command, console).execute();
}

}  // namespace rollingdepth
