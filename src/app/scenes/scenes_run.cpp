#include <memory>
#include <optional>
#include <sstream>

#include "app/console_progress.hpp"
#include "app/interrupt.hpp"
#include "app/run/inputs.hpp"
#include "app/run/output_place.hpp"
#include "app/run/outputs.hpp"
#include "app/scenes/scenes_command.hpp"
#include "app/text_file.hpp"
#include "base/prefetched_source.hpp"
#include "method/clip_frames.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"
#include "rollingdepth/method.hpp"
#include "shots/scene_files.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFramesAhead = 4;

PlannedInput planned_clip(const ScenesCommand& command, Console& console) {
  const InputPlan plan =
      plan_inputs({command.clip}, false, command.image_rate.value_or(kDefaultImageRate),
                  {.max_pixels = command.max_pixels,
                   .deinterlaces = command.deinterlace,
                   .threads = command.threads},
                  {.target_rate = command.target_rate});
  if (!plan.problems.empty()) throw Error(ErrorKind::kInput, plan.problems.front());
  if (plan.inputs.size() != 1) {
    throw Error(ErrorKind::kInput, command.clip + " is not one clip but " +
                                       std::to_string(plan.inputs.size()) + ": name one of them");
  }
  for (const std::string& note : plan.notes) console.say("note: " + note);
  return plan.inputs.front();
}

/// Nothing may be replaced that was not offered, and nothing that is read.
void check_output(const fs::path& file, const PlannedInput& input, bool overwrite) {
  with_context(ErrorKind::kUsage, "scenes", [&] { require_plain_file(file, input.files); });
  require_free(file, overwrite);
  require_output_file(file);
}

class ScenesRun {
 public:
  ScenesRun(const ScenesCommand& command, Console& console)
      : command_(command), console_(console), progress_(console, &interrupt_requested) {}

  void execute() {
    const PlannedInput input = planned_clip(command_, console_);
    if (command_.output) check_output(*command_.output, input, command_.overwrite);
    source_ = input.open();
    for (const std::string& remark : source_->survey(command_.start_frame, command_.frame_count)) {
      progress_.warn(input.name + ": " + remark);
    }
    const Scenes scenes = find_scenes();
    for (const std::string& remark : source_->warnings()) {
      progress_.warn(input.name + ": " + remark);
    }
    write(scenes);
  }

 private:
  [[nodiscard]] ClipOptions clip_options() const {
    return {.start_frame = command_.start_frame, .frame_count = command_.frame_count};
  }

  Scenes find_scenes() {
    const ClipInfo info = source_->info();
    Scenes scenes{.cuts = {},
                  .frames = command_.start_frame,
                  .frame_rate = info.frame_rate.positive() ? info.frame_rate : kDefaultImageRate,
                  .clip = info.name,
                  .first = command_.start_frame};
    CutDetector detector(command_.cuts, {info.width_px, info.height_px}, scenes.frame_rate);
    progress_.begin("scenes", expected_frames(info, clip_options()).value_or(0), "frames");
    const std::int64_t frames = read(detector);
    scenes.frames += frames;
    for (const std::int64_t cut : detector.finish()) scenes.cuts.push_back(scenes.first + cut);
    const std::size_t shots = scenes.cuts.size() + 1;
    progress_.end(shots == 1 ? "1 shot" : std::to_string(shots) + " shots");
    return scenes;
  }

  /// @return frames that the detector got, 1 at least.
  std::int64_t read(CutDetector& detector) {
    PrefetchedSource ahead(*source_, kFramesAhead);
    for (std::int64_t skipped = 0; skipped < command_.start_frame; ++skipped) {
      progress_.check_cancelled();
      if (!ahead.next()) fail_without_frames(skipped);
    }
    std::int64_t frames = 0;
    while (command_.frame_count == 0 || frames < command_.frame_count) {
      progress_.check_cancelled();
      const std::optional<Frame> frame = ahead.next();
      if (!frame) break;
      detector.add(frame->rgb);
      progress_.advance(++frames);
    }
    if (frames == 0) fail_without_frames(command_.start_frame);
    return frames;
  }

  [[noreturn]] void fail_without_frames(std::int64_t frames) const {
    throw Error(ErrorKind::kInput, command_.clip + ": no frame to look at: the clip has " +
                                       std::to_string(frames) +
                                       " frames and the first one asked for is " +
                                       std::to_string(command_.start_frame));
  }

  void write(const Scenes& scenes) {
    std::ostringstream text;
    switch (command_.format) {
      case SceneFormat::kCsv:
        write_scene_csv(text, scenes);
        break;
      case SceneFormat::kJson:
        write_scene_json(text, scenes);
        break;
      case SceneFormat::kEdl:
        write_scene_edl(text, scenes);
        break;
    }
    progress_.check_cancelled();
    if (!command_.output) {
      std::string lines = text.str();
      lines.pop_back();  // The last line break is the console's.
      console_.print_lines(lines);
      return;
    }
    const fs::path target = write_target(*command_.output);
    prepare_output_folder(folder_of(target));
    write_text_file(target, text.str());
    if (!command_.quiet) console_.print(command_.output->string());
  }

  const ScenesCommand& command_;
  Console& console_;
  ConsoleProgress progress_;
  std::unique_ptr<FrameSource> source_;
};

}  // namespace

void run_scenes_command(const ScenesCommand& command, Console& console) {
  if (command.quiet) console.set_verbosity(Verbosity::kQuiet);
  set_threads(command.threads);
  ScenesRun(command, console).execute();
}

}  // namespace rollingdepth
