#include "rollingdepth/app/clip_job.hpp"

#include <chrono>
#include <memory>
#include <vector>

#include "rollingdepth/app/finished_outputs.hpp"
#include "rollingdepth/app/job_folder.hpp"
#include "rollingdepth/app/report.hpp"
#include "rollingdepth/app/run_plan.hpp"
#include "rollingdepth/base/byte_size.hpp"
#include "rollingdepth/base/error.hpp"
#include "rollingdepth/base/file_descriptor.hpp"
#include "rollingdepth/pipeline.hpp"
#include "rollingdepth/write/depth_files.hpp"
#include "rollingdepth/write/npy.hpp"
#include "rollingdepth/write/snippet_archive.hpp"
#include "rollingdepth/write/video.hpp"

namespace rollingdepth {
namespace {

using std::chrono::steady_clock;

std::vector<std::unique_ptr<DepthSink>> make_sinks(const OutputFiles& files,
                                                   const PlannedInput& input,
                                                   const RunOptions& options) {
  std::vector<std::unique_ptr<DepthSink>> sinks;
  if (files.npy) sinks.push_back(make_npy_sink(*files.npy));
  for (const auto& [colormap, file] : files.color_videos) {
    sinks.push_back(make_color_video_sink(file, colormap, options.output_fps));
  }
  if (files.side_by_side) {
    sinks.push_back(make_side_by_side_sink(*files.side_by_side, files.side_by_side_colormap,
                                           options.output_fps, input.open, options.start_frame));
  }
  if (files.npz) sinks.push_back(make_npz_sink(*files.npz));
  if (files.png16) sinks.push_back(make_png16_sink(*files.png16));
  if (files.exr) sinks.push_back(make_exr_sink(*files.exr));
  if (files.depth_video) {
    sinks.push_back(
        make_depth_video_sink(*files.depth_video, *options.depth_video, options.output_fps));
  }
  return sinks;
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

/// Remarks of the reader and of the model, which the pipeline does not look at.
void pass_on_warnings(const FrameSource& source, DepthModel& model,
                      std::vector<std::string>& warnings, ConsoleProgress& progress) {
  for (const std::string& remark : model.take_warnings()) {
    progress.warn(source.info().name + ": " + remark);
    warnings.push_back(remark);
  }
  for (const std::string& remark : source.warnings()) {
    const std::string& name = source.info().name;
    progress.warn(remark.find(name) != std::string::npos ? remark : name + ": " + remark);
    warnings.push_back(remark);
  }
}

// Whether the same command can only fail again, as where depth is not finite. A disk or memory that
// was full and an input that was out of reach can pass.
bool is_for_good(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const Error& error) {
    return kind_of(error) == ErrorKind::kFailed || kind_of(error) == ErrorKind::kUsage;
  } catch (...) {
    return false;
  }
}

void tell_of_job(const JobFolder& job, const std::string& name, const RunSetup& setup) {
  if (job.goes_on()) {
    std::string finished;
    for (const std::string& stage : job.finished()) {
      finished += (finished.empty() ? ", finished: " : ", ") + stage;
    }
    setup.console.say(name + " · goes on where an earlier run stopped" + finished);
    if (!job.spool_kept_in().empty()) {
      setup.console.warn(name + ": its spool stays in " + job.spool_kept_in().string() +
                         "; --spool-dir counts for new jobs");
    }
  } else if (!job.why_anew().empty()) {
    setup.console.warn(name + ": the unfinished job of an earlier run is not this one (" +
                       job.why_anew() + "); starting anew");
  }
}

// Everything between the lock and the files' names.
void run_locked(const PlannedInput& input, const RunSetup& setup, const OutputFiles& files,
                const JobIdentity& identity, JobFolder& job) {
  const auto started = steady_clock::now();
  PipelineOptions pipeline = setup.resolved.pipeline;
  pipeline.spool = job.spool();
  pipeline.keep_maps = files.snippets.has_value();
  pipeline.output_bytes_per_pixel =
      shares_disk(pipeline.spool.folder, files.folder) ? raw_bytes_per_pixel(files) : 0;
  pipeline.on_finished = [&job](const std::string& stage) { job.note_finished(stage); };

  const std::unique_ptr<FrameSource> source = input.open();
  const ClipInfo clip = source->info();
  const FrameSize size = processing_size({clip.width_px, clip.height_px}, pipeline.res_px,
                                         setup.model.info().downscale);
  const c10::ScalarType widest_dtype = setup.model.info().widest_dtype(setup.model.dtype());
  pipeline.batch = job.keep_batch_sizes(resolve_batch_sizes(
      pipeline.batch, setup.model.device(), widest_dtype, size, pipeline.snippet_length));
  setup.console.say(clip_line(short_name(input), clip, pipeline, size));
  tell_of_job(job, short_name(input), setup);
  if (!job.locked()) {
    setup.console.warn("the file system of " + files.folder.string() +
                       " knows no locks; no other rollingdepth may work on the same clip");
  }

  const auto sinks = make_sinks(files, input, setup.options);
  std::vector<DepthSink*> borrowed;
  for (const auto& sink : sinks) borrowed.push_back(sink.get());
  const std::unique_ptr<SnippetArchive> archive =
      files.snippets ? make_snippet_archive(*files.snippets) : nullptr;

  JobFacts facts;
  setup.progress.take_warnings();
  setup.model.take_warnings();  // Of an earlier clip, which failed.
  facts.summary =
      run_pipeline(*source, setup.model, borrowed, archive.get(), pipeline, setup.progress);
  facts.warnings = setup.progress.take_warnings();
  pass_on_warnings(*source, setup.model, facts.warnings, setup.progress);

  // Nothing appears under its name before every frame is written, and the report last: without it
  // the outputs do not count as there, so an older one must not vouch for a mixed set.
  setup.progress.check_cancelled();
  const EarlierOutputs earlier = earlier_outputs(files, identity);
  std::error_code ignored;
  std::filesystem::remove(files.report, ignored);
  if (files.trace) setup.trace->write(*files.trace);
  if (archive != nullptr) archive->finish();
  for (const auto& sink : sinks) sink->finish();

  facts.clip = clip;
  facts.identity = earlier.identity;
  facts.earlier_outputs = earlier.names;
  facts.resumed = job.goes_on();
  facts.seconds = std::chrono::duration<double>(steady_clock::now() - started).count();
  facts.peak_memory_bytes = peak_memory_bytes();
  write_report(input, files, setup, pipeline, facts);
  // The names are on the disk before what they could be made from again is gone.
  FileDescriptor::open_to_read(files.folder).sync();
  job.remove();
  print_files(files, setup.console);
  setup.console.say(format_duration(facts.seconds) + ", " +
                    format_rate(static_cast<double>(facts.summary.frames) / facts.seconds) +
                    " frames/s, peak memory " +
                    format_bytes(static_cast<double>(facts.peak_memory_bytes)) + ", spool " +
                    format_bytes(static_cast<double>(facts.summary.spool_bytes)));
}

}  // namespace

std::string short_name(const PlannedInput& input) {
  return (input.subfolder / std::filesystem::path(input.name).filename()).string();
}

ClipOutcome run_clip_job(const PlannedInput& input, const RunSetup& setup) {
  const OutputFiles files = output_files(setup.options, input);
  const JobIdentity identity = job_identity(input, setup.resolved.pipeline, setup.model.info(),
                                            setup.device, setup.dtype, setup.options.tf32);
  const JobIdentity reported = report_identity(identity, setup.options);
  prepare_output_folder(files.folder);
  JobFolder job({.folder = files.job,
                 .spool_root = setup.options.spool_dir,
                 .outputs = files.all(),
                 .resume = setup.options.resume,
                 .memory_limit_bytes = setup.resolved.pipeline.spool.memory_limit_bytes},
                short_name(input), identity);
  try {
    if (!setup.options.overwrite && outputs_are_finished(files, reported, job.goes_on())) {
      job.remove();
      return ClipOutcome::kSkipped;
    }
    run_locked(input, setup, files, reported, job);
  } catch (...) {
    if (is_for_good(std::current_exception())) {
      job.remove();
    } else if (job.holds_records()) {
      setup.console.say(short_name(input) + " · stopped; the same command goes on from " +
                        job.folder().string());
    }
    throw;
  }
  return ClipOutcome::kDone;
}

}  // namespace rollingdepth
