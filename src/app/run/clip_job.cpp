#include "app/run/clip_job.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "app/jobs/other_machines.hpp"
#include "app/jobs/plan_job.hpp"
#include "app/run/cameras_file.hpp"
#include "app/run/clip_shots.hpp"
#include "app/run/finished_outputs.hpp"
#include "app/run/input_sound.hpp"
#include "app/run/output_set.hpp"
#include "app/run/report.hpp"
#include "app/run/run_plan.hpp"
#include "base/byte_size.hpp"
#include "base/file_descriptor.hpp"
#include "jobs/job_folder.hpp"
#include "media/npy.hpp"
#include "method/clip_frames.hpp"
#include "nn/workers.hpp"
#include "rollingdepth/error.hpp"
#include "rollingdepth/run.hpp"
#include "write/snippet_archive.hpp"

namespace rollingdepth {
namespace {

using std::chrono::steady_clock;

void add_outputs(OutputSet& outputs, const OutputFiles& files, const PlannedInput& input,
                 const RunSetup& setup, const std::shared_ptr<ClipSound>& sound) {
  for (const OutputFile& file : files.formats) {
    if (file.format->make == nullptr) continue;
    ColorFrames colors{
        .open = input.open,
        .start_frame = setup.options.start_frame,
        .check_cancelled = [&progress = setup.progress] { progress.check_cancelled(); }};
    outputs.add(file.path,
                file.format->make(file.path, {.fps = setup.options.output_fps,
                                              .colormap = file.colormap,
                                              .colors = std::move(colors),
                                              .pixels_per_metre = setup.options.png_scale,
                                              .sound = sound,
                                              .sight_lines = setup.options.points.sight_lines(),
                                              .points = setup.options.points.clouds}));
  }
  if (const OutputFile* file = files.find("snippets")) {
    outputs.add(file->path, make_snippet_archive(file->path));
  }
  if (const OutputFile* file = files.find("trace")) {
    outputs.add(file->path, [&setup, path = file->path] { setup.trace->write(path); });
  }
}

/// "output/city_pred.npy · city_rgbd.mp4" for a person, one path per line for a script.
void print_files(const OutputFiles& files, Console& console) {
  if (console.settings().verbosity == Verbosity::kQuiet) return;
  std::string line;
  for (const auto& file : files.all()) {
    if (!console.settings().results_are_terminal) {
      console.print(file.string());
    } else {
      line += line.empty() ? file.string() : " · " + file.filename().string();
    }
  }
  if (!line.empty()) console.print(line);
}

/// Remarks on the clip and of the networks, which the run does not look at.
void pass_on_warnings(const std::string& name, DepthMethod& method,
                      const std::vector<std::string>& remarks, std::vector<std::string>& warnings,
                      ConsoleProgress& progress) {
  for (const std::string& remark : method.take_warnings()) {
    progress.warn(name + ": " + remark);
    warnings.push_back(remark);
  }
  for (const std::string& remark : remarks) {
    progress.warn(remark.find(name) != std::string::npos ? remark : name + ": " + remark);
    warnings.push_back(remark);
  }
}

void tell_of_job(const JobFolder& job, const std::string& name, const RunSetup& setup) {
  if (job.goes_on()) {
    std::string finished;
    for (const std::string& stage : job.finished()) {
      finished += (finished.empty() ? ", finished: " : ", ") + stage;
    }
    setup.console.say(name +
                      (setup.options.planned ? " · takes what others have computed"
                                             : " · goes on where an earlier run stopped") +
                      finished);
    if (!job.spool_kept_in().empty()) {
      setup.console.warn(name + ": its spool stays in " + job.spool_kept_in().string() +
                         "; --spool-dir counts for new jobs");
    }
  } else if (!job.why_discarded().empty()) {
    setup.console.warn(name +
                       ": discarded the unfinished job of an earlier run: " + job.why_discarded());
  }
}

/// The files without those that could not be made.
OutputFiles without(const OutputFiles& files, const std::vector<OutputSet::Failure>& failures) {
  const auto is_made = [&](const OutputFile& file) {
    return std::none_of(failures.begin(), failures.end(),
                        [&](const auto& failure) { return failure.file == file.path; });
  };
  OutputFiles made{.folder = files.folder, .formats = {}, .report = files.report, .job = files.job};
  std::copy_if(files.formats.begin(), files.formats.end(), std::back_inserter(made.formats),
               is_made);
  return made;
}

std::string missing_text(const std::vector<OutputSet::Failure>& failures) {
  std::string text;
  for (const auto& [file, why] : failures) text += (text.empty() ? "" : "; ") + why;
  return text + "; the other files are written";
}

// From now on `rollingdepth work` can take a part of what is left.
void let_others_help(const JobFolder& job, const RunSetup& setup, const PlannedWork& work) {
  if (!setup.options.resume || !setup.options.spool_dir.empty() || setup.options.planned) return;
  try {
    if (!read_plan(job.folder())) make_plan(job, work);
  } catch (const Error& error) {  // Nobody has asked for help.
    setup.console.record(LogLevel::kInfo, error.what());
  }
}

// Everything between the lock and the files' names.
void run_locked(const PlannedInput& input, const RunSetup& setup, const OutputFiles& files,
                const JobIdentity& identity, JobFolder& job) {
  const auto started = steady_clock::now();
  const SpoolPlace spool = job.spool();
  ClipRunOptions run{.spool = spool,
                     .finished = job.finished(),
                     .on_finished = [&job](const std::string& stage) { job.note_finished(stage); },
                     .on_read = [&job](const auto& remarks) { job.keep_remarks(remarks); }};

  const std::unique_ptr<FrameSource> source = input.open();
  const ClipInfo clip = source->info();
  const FrameSize input_size{clip.width_px, clip.height_px};
  const ClipOptions& clip_options = setup.method.clip_options();
  if (shares_disk(spool.folder, files.folder)) {
    const FrameSize depth_size =
        clip_options.restore_res ? input_size : setup.method.processing_size(input_size);
    run.output_bytes_per_pixel = raw_bytes_per_pixel(files, setup.options, depth_size);
  }
  run.batch = job.keep_batch_sizes(
      setup.method.batch_sizes(input_size, setup.method.device(), setup.method.dtype()));
  const PlannedWorkers planned = plan_workers(input_size, expected_frames(clip, clip_options),
                                              setup.options, setup.method, setup.networks);
  run.workers = planned.workers;
  if (!planned.warning.empty()) setup.console.warn(short_name(input) + ": " + planned.warning);
  run.goes_on = job.goes_on();
  run.one_range = setup.options.scenes.one_range;
  run.on_counted = [&](std::int64_t frames) {
    let_others_help(job, setup,
                    {.input = input,
                     .options = setup.options,
                     .method = setup.method,
                     .networks = setup.networks,
                     .package = setup.package,
                     .size = input_size,
                     .frames = frames,
                     .cuts = run.cuts,
                     .batch = run.batch,
                     .threads = run.workers.front().threads});
  };
  setup.console.say(
      clip_line(short_name(input), clip, clip_options, setup.method.processing_size(input_size)));
  setup.console.record(LogLevel::kInfo,
                       workers_text(run.workers) + ", frames per encoder or decoder call: " +
                           std::to_string(run.batch.vae_frames) +
                           ", snippets per UNet call: " + std::to_string(run.batch.snippets));
  const std::vector<std::string> surveyed =
      source->survey(clip_options.start_frame, clip_options.frame_count);
  for (const std::string& remark : surveyed) setup.console.warn(short_name(input) + ": " + remark);
  tell_of_job(job, short_name(input), setup);
  if (!job.locked()) {
    setup.console.warn("the file system of " + files.folder.string() +
                       " knows no locks; no other rollingdepth may work on the same clip");
  }

  if (const std::string lost = lost_sound_text(input, setup.options); !lost.empty()) {
    setup.console.say(short_name(input) + " · " + lost);
  }

  const std::shared_ptr<ClipSound> sound =
      sound_of(input, setup.options, [&progress = setup.progress] { progress.check_cancelled(); });
  JobFacts facts;
  OutputSet outputs;
  add_outputs(outputs, files, input, setup, sound);
  if (const OutputFile* file = files.find("cameras")) {
    run.cameras = true;
    outputs.add(file->path, [&facts, &run, path = file->path] {
      write_cameras(path, facts.summary, run.cuts);
    });
  }
  setup.progress.take_warnings();
  setup.method.take_warnings();  // Of an earlier clip, which failed.
  const FoundShots shots =
      find_shots(input, setup.options.scenes, clip_options, job, setup.progress);
  run.cuts = shots.cuts;
  facts.summary =
      run_clip(*source, setup.method, outputs.sinks(), outputs.archive(), run, setup.progress);
  if (shots.seconds > 0) {
    auto& stages = facts.summary.stage_seconds;
    stages.insert(stages.begin(), {"read", shots.seconds});
  }
  facts.warnings = setup.warnings;
  for (std::string& remark : remarks_on_workers(job.folder(), identity)) {
    setup.console.warn(short_name(input) + ": " + remark);
    facts.warnings.push_back(std::move(remark));
  }
  facts.warnings.insert(facts.warnings.end(), surveyed.begin(), surveyed.end());
  for (std::string& warning : setup.progress.take_warnings()) {
    facts.warnings.push_back(std::move(warning));
  }
  pass_on_warnings(clip.name, setup.method, job.remarks(), facts.warnings, setup.progress);

  // Nothing appears under its name before every frame is written, and the report last: without it
  // the outputs do not count as there, so an older one must not vouch for a mixed set.
  setup.progress.check_cancelled();
  const EarlierOutputs earlier = earlier_outputs(files, identity);
  std::error_code ignored;
  std::filesystem::remove(files.report, ignored);
  outputs.finish();
  const std::vector<OutputSet::Failure> failures = outputs.failures();
  for (const OutputSet::Failure& failure : failures) facts.warnings.push_back(failure.why);
  std::vector<std::string> remarks = outputs.remarks();
  if (sound) {
    facts.sound = sound->tracks();
    remarks.insert(remarks.end(), sound->remarks().begin(), sound->remarks().end());
  }
  for (const std::string& remark : remarks) {
    setup.console.warn(short_name(input) + ": " + remark);
    facts.warnings.push_back(remark);
  }
  const OutputFiles made = without(files, failures);

  facts.clip = clip;
  facts.identity = earlier.identity;
  facts.earlier_outputs = earlier.names;
  facts.resumed = job.goes_on();
  facts.seconds = std::chrono::duration<double>(steady_clock::now() - started).count();
  facts.peak_memory_bytes = peak_memory_bytes();
  write_report(input, made, setup, facts);
  // The names are on the disk before what they could be made from again is gone.
  FileDescriptor::open_to_read(files.folder).sync();
  if (failures.empty()) job.remove();
  print_files(made, setup.console);
  setup.console.say(format_duration(facts.seconds) + ", " +
                    format_rate(static_cast<double>(facts.summary.frames) / facts.seconds) +
                    " frames/s, peak memory " +
                    format_bytes(static_cast<double>(facts.peak_memory_bytes)) + ", spool " +
                    format_bytes(static_cast<double>(facts.summary.spool_bytes)));
  if (!failures.empty()) throw OutputsMissing(missing_text(failures));
}

}  // namespace

JobIdentity identity_of(const PlannedInput& input, const RunOptions& options,
                        const DepthMethod& method, const PlannedNetworks& networks) {
  const ComputeFacts here = compute_facts(networks.devices.front(), networks.dtype, options.tf32);
  return job_identity({.files = input.files,
                       .deinterlaces = input.deinterlaces,
                       .reduction = input.reduction,
                       .scenes = options.scenes.settings()},
                      method.settings(), method.package().hash,
                      options.planned ? options.planned->compute.value_or(here) : here);
}

std::string short_name(const PlannedInput& input) {
  return (input.subfolder / std::filesystem::path(input.name).filename()).string();
}

ClipOutcome run_clip_job(const PlannedInput& input, const RunSetup& setup,
                         std::filesystem::path& kept) {
  const OutputFiles files = output_files(setup.options, input);
  const JobIdentity identity = identity_of(input, setup.options, setup.method, setup.networks);
  const JobIdentity reported = report_identity(identity, setup.options);
  prepare_output_folder(files.folder);
  JobFolder job({.folder = files.job,
                 .spool_root = setup.options.spool_dir,
                 .outputs = files.all(),
                 .resume = setup.options.resume,
                 .overwrite = setup.options.overwrite,
                 .memory_limit_bytes = setup.resolved.spool_memory_bytes},
                short_name(input), identity);
  try {
    if (!setup.options.overwrite &&
        outputs_are_finished(files, reported, left_open(setup.options, setup.resolved),
                             job.goes_on())) {
      job.remove();
      return ClipOutcome::kSkipped;
    }
    run_locked(input, setup, files, reported, job);
  } catch (const std::exception& error) {
    // That a call was halved explains what came of it.
    for (const std::string& remark : setup.method.take_warnings()) {
      setup.console.record(LogLevel::kWarning, remark);
    }
    if (retry_of(error) == Retry::kNever) job.remove();
    if (job.holds_records()) kept = job.folder();
    throw;
  }
  return ClipOutcome::kDone;
}

}  // namespace rollingdepth
