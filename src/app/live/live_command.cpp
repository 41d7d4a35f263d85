#include "app/live/live_command.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "app/option_table.hpp"
#include "app/option_values.hpp"
#include "base/suggestion.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/error.hpp"
#include "write/colormap.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kDescription =
    "Depth of frames as they come: from a camera, a stream, a pipe or a file, to a stream, a "
    "browser,\n"
    "a virtual camera, a pipe or a file. No frame waits for later ones, and none that was shown\n"
    "changes.\n";

constexpr const char* kFooter =
    "SOURCE: /dev/video0, rtsp://, srt://, udp://, tcp://, rtmp://, http://, a file, or - for\n"
    "standard input. TARGET: srt://, udp://, tcp://, rtsp://, rtmp://, http://HOST:PORT/NAME "
    "(MJPEG\n"
    "for browsers), v4l2:/dev/videoN, a file (.mp4 .mkv .mov .ts .y4m), or - for standard output.\n"
    "Live sources drop frames that are too old, files and pipes with --realtime only. Ctrl-C is "
    "the\n"
    "normal end.\n"
    "docs/live.md has settings for TouchDesigner, OBS and browsers, and measured latencies.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage.";

constexpr double kMaxRate = 1000;

constexpr std::array<std::pair<const char*, live::View>, 3> kViews = {
    {{"depth", live::View::kDepth},
     {"side-by-side", live::View::kSideBySide},
     {"color", live::View::kColor}}};

[[noreturn]] void refuse(const std::string& option, const std::string& word,
                         const std::string& wanted) {
  throw Error(ErrorKind::kUsage, option + ": '" + word + "' is not " + wanted);
}

live::View parse_view(const std::string& word) {
  for (const auto& [name, view] : kViews) {
    if (word == name) return view;
  }
  refuse("--view", word, "depth, side-by-side or color");
}

bool parse_scenes(const std::string& word) {
  if (word == "auto" || word == "none") return word == "auto";
  refuse("--scenes", word, "auto or none");
}

FrameSize parse_size(const std::string& word) {
  const std::size_t cross = word.find('x');
  if (cross == std::string::npos) refuse("--input-size", word, "WIDTHxHEIGHT, such as 640x360");
  FrameSize size{parse_whole_number("--input-size", word.substr(0, cross)),
                 parse_whole_number("--input-size", word.substr(cross + 1))};
  require_within("--input-size", size.width_px, 1, kMaxResolutionPx);
  require_within("--input-size", size.height_px, 1, kMaxResolutionPx);
  return size;
}

double parse_adapt(const std::string& word) {
  if (word == "source") return 0;
  const double rate = parse_real_number("--adapt", word);
  if (rate <= 0 || rate > kMaxRate) refuse("--adapt", word, "a rate above 0, or source");
  return rate;
}

/// What raw input is made of, where its options were given.
struct RawWords {
  std::string format;
  std::optional<FrameSize> size;
  std::optional<Rational> rate;
  std::string pixel_format;
};

void add_source_options(OptionTable& table, LiveCommand& command, RawWords& raw) {
  table.group("Source");
  table.once("-i,--input", "SOURCE", "Where frames come from, see below", "",
             [&](const std::string& word) { command.source.source = word; });
  table.boolean("--realtime", command.source.realtime,
                "Take a file or pipe at its own pace, as if it were live: frames are dropped");
  table.boolean("--loop", command.source.loop, "Begin a file again at its end, for ever");
  table.boolean("--reconnect", command.source.reconnect,
                "Open a stream or camera again after it was lost, for ever");
  table.one("--input-format", "NAME",
            "rawvideo: bare pixels, described by the next three; else the content tells", "",
            [&](const std::string& word) {
              if (word != "rawvideo") refuse("--input-format", word, "rawvideo");
              raw.format = word;
            });
  table.one("--input-size", "WxH", "Of raw frames, in pixels", "",
            [&](const std::string& word) { raw.size = parse_size(word); });
  table.one("--input-rate", "RATE", "Of raw frames, such as 25 or 30000/1001", "25",
            [&](const std::string& word) { raw.rate = parse_frame_rate("--input-rate", word); });
  table.one("--pix-fmt", "NAME", "Of raw frames, FFmpeg's name", "rgb24",
            [&](const std::string& word) { raw.pixel_format = word; });
  table.number("--frame-count,--frames", command.frames, "End after so many frames; 0: never");
  table.number("--max-pixels", command.source.max_pixels,
               "Refuse sources that say they have more pixels than this in a frame");
}

void add_target_options(OptionTable& table, LiveCommand& command) {
  table.group("Targets");
  table.many("-o,--output", "TARGET", "Where pictures go, see below; repeatable", "",
             [&](const std::vector<std::string>& words) { command.targets = words; });
  table.one("--view", "NAME",
            "depth, side-by-side (with the source's picture), or color (that alone, in step)",
            "depth", [&](const std::string& word) { command.target.view = parse_view(word); });
  table.one("--cmap", "NAME", "Colour map of painted depth; y4m and raw depth are grey",
            command.target.colormap,
            [&](const std::string& word) { command.target.colormap = word; });
  table.one("--output-depth", "BITS",
            "8, 10 or 16: video of 10 is H.265; 16 is for y4m and raw pixels", "video 8, else 16",
            [&](const std::string& word) {
              const std::int64_t bits = parse_whole_number("--output-depth", word);
              if (bits != 8 && bits != 10 && bits != 16) {
                refuse("--output-depth", word, "8, 10 or 16");
              }
              command.target.depth_bits = static_cast<int>(bits);
            });
  table.one("--output-format", "NAME", "Of standard output: y4m or rawvideo", "y4m",
            [&](const std::string& word) {
              if (word != "y4m" && word != "rawvideo") {
                refuse("--output-format", word, "y4m or rawvideo");
              }
              command.target.raw_output = word == "rawvideo";
            });
  table.one("--output-pix-fmt", "NAME",
            "Of raw pixels: gray, gray10le, gray16le, grayf32le (depth as the method gives it) or "
            "rgb24 (the view)",
            "gray16le", [&](const std::string& word) { command.target.raw_pixel_format = word; });
  table.number("--srt-latency", command.target.srt_latency_ms,
               "Milliseconds that SRT keeps for lost packets, unless the URL has latency=");
  table.boolean("--overwrite", command.overwrite, "Replace files that exist");
}

void add_depth_options(OptionTable& table, LiveCommand& command) {
  table.group("Depth");
  table.path("-c,--checkpoint", "MODEL", "A model package, or the name of one", "default",
             [&](std::filesystem::path path) { command.checkpoint = std::move(path); });
  table.one("--device", "NAME", "auto, cpu, cuda, cuda:N or mps", command.device,
            [&](const std::string& word) { command.device = word; });
  table.one("--dtype", "NAME", "auto, fp32, fp16 or bf16", command.dtype,
            [&](const std::string& word) { command.dtype = word; });
  table.threads(command.threads);
  table.number("--res", command.causal.res_px,
               "Pixels of the edge at which networks run, as in a run; 0 keeps the source's",
               "the model's");
  table.one("--mode", "NAME",
            "Of RollingDepth models: snippet, each frame with some before it, in step with what "
            "was shown; or frame, each alone, the fastest",
            "snippet",
            [&](const std::string& word) { command.causal.mode = parse_causal_mode(word); });
  table.many("--dilations", "N", "Spacings of snippets, in frames",
             join_numbers(command.causal.dilations), [&](const std::vector<std::string>& words) {
               command.causal.dilations = parse_dilations(words);
             });
  table.number("--snip-len", command.causal.snippet_length, "Frames of a snippet, 2 to 4");
  table.one("--scenes", "HOW", "auto: depth begins anew at cuts; none: there are none", "auto",
            [&](const std::string& word) { command.looks_for_cuts = parse_scenes(word); });
  table.real("--smooth", command.smooth,
             "Share of the display range that stays from frame to frame, 0 to below 1");
  table.one("--adapt", "RATE",
            "Lower --res by itself until so many frames a second are computed, and raise it again "
            "when there is time: a number, or source for the source's rate",
            "", [&](const std::string& word) { command.adapt = parse_adapt(word); });
}

void declare_options(OptionTable& table, LiveCommand& command, RawWords& raw) {
  add_source_options(table, command, raw);
  add_target_options(table, command);
  add_depth_options(table, command);
  table.group("General");
  table.one("--stats", "FILE",
            "Lines of JSON: each frame's range, and rates and latencies; - is standard output", "",
            [&](const std::string& word) { command.stats = word; });
  table.real("--stats-seconds", command.stats_seconds, "Between two lines of rates and latencies");
  table.boolean("--quiet", command.quiet, "Only warnings and errors");
  table.boolean("--verbose", command.verbose, "More about what is done");
  add_log_options(table, command.log);
}

void take_raw(const RawWords& raw, LiveCommand& command) {
  if (raw.format.empty()) {
    if (raw.size || raw.rate || !raw.pixel_format.empty()) {
      throw Error(ErrorKind::kUsage,
                  "--input-size, --input-rate and --pix-fmt need --input-format rawvideo");
    }
    return;
  }
  if (!raw.size) throw Error(ErrorKind::kUsage, "--input-format rawvideo needs --input-size WxH");
  command.source.raw = {.size = *raw.size,
                        .frame_rate = raw.rate.value_or(Rational{.num = 25, .den = 1}),
                        .pixel_format = raw.pixel_format.empty() ? "rgb24" : raw.pixel_format};
}

void check_standard_output(const LiveCommand& command) {
  const auto pipes = std::count(command.targets.begin(), command.targets.end(), "-");
  const bool describes_pixels = !command.target.raw_pixel_format.empty();
  if (pipes == 0 && (command.target.raw_output || describes_pixels)) {
    throw Error(ErrorKind::kUsage,
                "--output-format and --output-pix-fmt are of standard output: they need -o -");
  }
  if (describes_pixels && !command.target.raw_output) {
    throw Error(ErrorKind::kUsage, "--output-pix-fmt needs --output-format rawvideo");
  }
  if (pipes > 1) throw Error(ErrorKind::kUsage, "-o: standard output can be one target only");
  if (pipes == 1 && command.stats == "-") {
    throw Error(ErrorKind::kUsage,
                "--stats -: standard output holds the pictures of -o -; name a file");
  }
}

void validate(const LiveCommand& command) {
  if (command.source.source.empty()) {
    throw Error(ErrorKind::kUsage,
                "live: no source (name it with -i, such as /dev/video0 or clip.mp4)");
  }
  command.source.validate();
  check_standard_output(command);
  colormap_table(command.target.colormap);
  live::check_live_targets(command.targets, command.target);
  command.causal.validate();
  if (command.smooth < 0 || command.smooth >= 1) {
    throw Error(ErrorKind::kUsage, "--smooth: must be 0 to below 1");
  }
  if (command.stats_seconds < 0.1 || command.stats_seconds > 3600) {
    throw Error(ErrorKind::kUsage, "--stats-seconds: must be 0.1 to 3600");
  }
  require_within("--frames", command.frames, 0, kMaxFrames);
  require_at_least("--max-pixels", command.source.max_pixels, 1);
  require_within("--srt-latency", command.target.srt_latency_ms, 1, 60'000);
  verbosity_of(command.quiet, command.verbose);
  command.log.validate();
}

}  // namespace

LiveCommand parse_live_command(const std::vector<std::string>& arguments) {
  LiveCommand command;
  RawWords raw;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth live -i SOURCE [-o TARGET]... [options]",
                     .footer = kFooter,
                     .command = "live"});
  declare_options(table, command, raw);
  const auto left = table.parse(arguments);
  if (!left) {
    command.help = table.help();
    return command;
  }
  refuse_leftovers(*left, table);
  if (!left->empty()) {
    throw Error(ErrorKind::kUsage,
                "live: '" + left->front() + "' is no option (a source needs -i, a target -o)");
  }
  take_raw(raw, command);
  command.given = table.given();
  validate(command);
  return command;
}

}  // namespace rollingdepth
