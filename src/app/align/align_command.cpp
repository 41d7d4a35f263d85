#include "app/align/align_command.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>

#include "app/alignment_options.hpp"
#include "app/console_progress.hpp"
#include "app/interrupt.hpp"
#include "app/option_table.hpp"
#include "app/option_values.hpp"
#include "app/run/output_place.hpp"
#include "app/run/outputs.hpp"
#include "app/text_file.hpp"
#include "decode/snippet_reader.hpp"
#include "media/npy.hpp"
#include "merge/alignment_json.hpp"
#include "merge/clip_depth.hpp"
#include "method/align_and_merge.hpp"
#include "method/stages.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"
#include "write/depth_files.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kDescription =
    "Aligns and merges snippets that --save-snippets wrote, without running the networks.\n";

void declare_options(OptionTable& table, AlignCommand& command) {
  table.group("Options");
  table.path("-o,--output", "FILE", "The depth, .npy, float32 [N,H,W]", "",
             [&](std::filesystem::path path) { command.output = std::move(path); });
  add_alignment_options(table, command.alignment);
  table.path("--report", "FILE", "What the alignment did, as JSON", "",
             [&](std::filesystem::path path) { command.report = std::move(path); });
  table.boolean("--overwrite", command.overwrite, "Replace files that exist");
  table.threads(command.threads);
  table.boolean("--verbose", command.verbose, "Say more, such as how the alignment converges");
  table.boolean("--quiet", command.quiet, "Only warnings and errors");
  add_log_options(table, command.log);
}

/// Nothing may be replaced that was not offered.
void require_free_outputs(const AlignCommand& command) {
  std::vector<std::filesystem::path> outputs = {command.output};
  if (command.report) outputs.push_back(*command.report);
  with_context(ErrorKind::kUsage, "align", [&] {
    for (const auto& file : outputs) require_plain_file(file, {command.archive});
    require_distinct(outputs);
  });
  for (const auto& file : outputs) require_free(file, command.overwrite);
}

/// The archive's maps in a spool, and their samples in memory.
class LoadedSnippets final : public SnippetSet {
 public:
  explicit LoadedSnippets(const SnippetListing& listing) : listing_(listing) {}

  [[nodiscard]] std::vector<SnippetSamples> samples() override {
    std::vector<SnippetSamples> snippets;
    for (const std::size_t entry : listing_.entries) {
      snippets.push_back({listing_.plans[entry], samples_[entry]});
    }
    return snippets;
  }
  [[nodiscard]] float minimum() const override { return minimum_; }
  [[nodiscard]] std::vector<SpooledSnippets> maps() const override {
    std::vector<SpooledSnippets> spooled;
    for (const std::size_t entry : listing_.entries) {
      spooled.push_back({listing_.plans[entry], stores_[entry].get()});
    }
    return spooled;
  }

  void read(SnippetReader& reader, const CoAlignOptions& options, Spool& spool, Progress& progress);

 private:
  void make_room(int stride_px, int border_px, Spool& spool);
  void widen_range(const at::Tensor& maps);

  const SnippetListing& listing_;
  std::vector<std::unique_ptr<MapStore>> stores_;  // One per plan.
  std::vector<at::Tensor> samples_;  // One per plan, [S, L, h', w'], the minimum subtracted.
  float minimum_ = std::numeric_limits<float>::infinity();
  float maximum_ = -std::numeric_limits<float>::infinity();
};

void LoadedSnippets::make_room(int stride_px, int border_px, Spool& spool) {
  for (const SnippetPlan& plan : listing_.plans) {
    // Exactly as they are: an archive may hold values that are not finite.
    stores_.push_back(std::make_unique<MapStore>(
        spool, "maps-" + std::to_string(plan.dilation),
        std::array{plan.size(), plan.length, listing_.height_px, listing_.width_px},
        SpoolDtype::kFp32));
    const at::Tensor one = alignment_samples(
        at::empty({plan.length, listing_.height_px, listing_.width_px}), stride_px, border_px);
    samples_.push_back(at::empty({plan.size(), one.size(0), one.size(1), one.size(2)}));
  }
}

// Of what is finite.
void LoadedSnippets::widen_range(const at::Tensor& maps) {
  const float* values = maps.const_data_ptr<float>();
  for (std::int64_t i = 0; i < maps.numel(); ++i) {
    if (!std::isfinite(values[i])) continue;
    minimum_ = std::min(minimum_, values[i]);
    maximum_ = std::max(maximum_, values[i]);
  }
}

void LoadedSnippets::read(SnippetReader& reader, const CoAlignOptions& options, Spool& spool,
                          Progress& progress) {
  const int stride_px =
      options.sample_stride_px(listing_.height_px, listing_.width_px, listing_.maps());
  make_room(stride_px, options.border_px, spool);
  reader.read(
      [&](std::size_t plan, std::int64_t snippet, const at::Tensor& maps) {
        widen_range(maps);
        stores_[plan]->write(snippet, maps);
        samples_[plan][snippet].copy_(alignment_samples(maps, stride_px, options.border_px));
      },
      progress);
  if (!std::isfinite(minimum_)) {
    throw Error(ErrorKind::kInput, "the snippets hold no finite value");
  }
  require_spread(minimum_, maximum_);
  for (at::Tensor& samples : samples_) samples.sub_(minimum_);
}

/// One `rollingdepth align`.
class AlignRun {
 public:
  AlignRun(const AlignCommand& command, Console& console)
      : command_(command),
        console_(console),
        progress_(console, &interrupt_requested),
        options_(command.alignment.options()),
        merge_(command.alignment.merge_method()),
        folder_(folder_of(write_target(command.output))),
        spool_({.folder = folder_, .job = {}}),
        stages_(progress_, spool_, {}) {}

  void execute() {
    const auto started = std::chrono::steady_clock::now();
    set_threads(command_.threads);
    SnippetReader reader(command_.archive);
    const SnippetListing& listing = reader.listing();
    for (const std::string& name : listing.ignored) {
      progress_.warn(name + " is ignored: it is no 'dilation<d>.npy'");
    }
    require_output_file(command_.output);
    if (command_.report) require_output_file(*command_.report);
    prepare_output_folder(folder_);
    if (command_.report) prepare_output_folder(folder_of(write_target(*command_.report)));
    const std::unique_ptr<DepthSink> sink = make_npy_sink(write_target(command_.output));
    LoadedSnippets loaded(listing);
    read(reader, loaded);
    ClipDepth depth;
    const CoAlignSummary summary = align_and_merge_all(loaded, depth);
    write(depth, *sink);
    finish(*sink, summary);
    if (console_.settings().verbosity != Verbosity::kQuiet) {
      console_.print(command_.output.string());
    }
    const auto seconds = std::chrono::steady_clock::now() - started;
    console_.say(format_duration(std::chrono::duration<double>(seconds).count()));
  }

 private:
  // Both files get their names once both are whole.
  void finish(DepthSink& sink, const CoAlignSummary& summary) {
    std::optional<PartialFile> report;
    if (command_.report) {
      report.emplace(write_target(*command_.report));
      write_text(*report, alignment_json(summary, merge_).dump(2) + "\n");
    }
    progress_.check_cancelled();
    sink.finish();
    if (report) report->finish();
  }

  void read(SnippetReader& reader, LoadedSnippets& loaded) {
    std::int64_t snippets = 0;
    for (const SnippetPlan& plan : reader.listing().plans) snippets += plan.size();
    stages_.run({.name = "read", .total = snippets, .unit = "snippets"}, [&](Progress& progress) {
      loaded.read(reader, options_, spool_, progress);
      return std::string();
    });
  }

  CoAlignSummary align_and_merge_all(LoadedSnippets& loaded, ClipDepth& depth) {
    const SpooledSnippets first = loaded.maps().front();
    const std::array<std::int64_t, 4> shape = first.maps->shape();
    merged_ = std::make_unique<RangedMaps>(spool_, "merged", FrameSize{shape[3], shape[2]});
    const DepthChunk chunk{
        .first_frame = 0, .frames = first.plan.frames, .merged = ChunkMaps(*merged_)};
    const CoAlignSummary summary =
        align_and_merge(loaded, {.align = options_, .merge = merge_}, chunk.merged, stages_);
    console_.detail(alignment_json(summary, merge_).dump());
    depth.add(chunk);
    depth.measure_range(progress_);
    if (depth.empty_pixels() > 0) {
      progress_.warn(std::to_string(depth.empty_pixels()) +
                     " pixels have no finite value in any snippet; they are NaN in the output");
    }
    return summary;
  }

  void write(const ClipDepth& depth, DepthSink& sink) {
    stages_.run({.name = "write", .total = depth.frames(), .unit = "frames"},
                [&](Progress& progress) {
                  const at::Tensor first = depth.read(0);
                  sink.begin({.frames = depth.frames(),
                              .height_px = first.size(0),
                              .width_px = first.size(1),
                              .min = -1,
                              .max = 1,
                              .frame_rate = {},
                              .time_base = {}});
                  for (std::int64_t frame = 0; frame < depth.frames(); ++frame) {
                    progress.check_cancelled();
                    sink.write(depth.read(frame), frame);
                    progress.advance(frame + 1);
                  }
                  return std::string();
                });
  }

  const AlignCommand& command_;
  Console& console_;
  ConsoleProgress progress_;
  CoAlignOptions options_;
  MergeMethod merge_;
  std::filesystem::path folder_;
  Spool spool_;
  std::unique_ptr<RangedMaps> merged_;  // Borrowed by what is written.
  Stages stages_;
};

}  // namespace

AlignCommand parse_align_command(const std::vector<std::string>& arguments) {
  AlignCommand command;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth align SNIPPETS.npz -o DEPTH.npy [options]",
                     .command = "align"});
  declare_options(table, command);
  const auto left = table.parse(arguments);
  if (!left) {
    command.help = table.help();
    return command;
  }
  refuse_leftovers(*left, table);
  command.archive =
      only_word(*left, "align", "no input (give an archive of --save-snippets)", "archive");
  if (command.output.empty()) {
    throw Error(ErrorKind::kUsage, "align: no output (name a file with -o)");
  }
  (void)command.alignment.options();
  (void)verbosity_of(command.quiet, command.verbose);
  command.log.validate();
  require_free_outputs(command);
  return command;
}

void run_align_command(const AlignCommand& command, Console& console) {
  console.set_verbosity(verbosity_of(command.quiet, command.verbose));
  AlignRun(command, console).execute();
}

}  // namespace rollingdepth
