#include "app/import/import_command.hpp"

#include <algorithm>
#include <utility>

#include "app/console_progress.hpp"
#include "app/import/imported_package.hpp"
#include "app/interrupt.hpp"
#include "app/model_search.hpp"
#include "app/option_table.hpp"
#include "app/option_words.hpp"
#include "base/byte_size.hpp"
#include "base/resample.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDescription =
    "Makes a model package of a checkpoint as its authors publish it, without Python.\n";

constexpr const char* kFooter =
    "CHECKPOINT is a folder in the layout of diffusers (RollingDepth) or a .pth of\n"
    "Video-Depth-Anything or GemDepth. Nothing in it is run. OUT appears only once it is "
    "complete.\n"
    "docs/models.md says where checkpoints come from, and what a template is.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 75 stopped by a scheduler, 130 interrupted.";

c10::ScalarType parse_dtype(const std::string& word) {
  if (word == "fp16") return at::kHalf;
  if (word == "fp32") return at::kFloat;
  throw Error(ErrorKind::kUsage, "--dtype: '" + word + "' is neither fp16 nor fp32");
}

std::string one_line(const std::string& option, const std::string& text) {
  const bool plain =
      std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
  if (!plain) throw Error(ErrorKind::kUsage, option + ": one line of plain text is needed");
  return text;
}

/// "decoder=fp16".
void take_float32(const std::string& word, ImportOptions& options) {
  const auto sign = word.find('=');
  const std::string dtype = sign == std::string::npos ? "" : word.substr(sign + 1);
  if (sign == 0 || (dtype != "bf16" && dtype != "fp16")) {
    throw Error(ErrorKind::kUsage, "--float32-in: '" + word +
                                       "' is not a network such as decoder, '=', and bf16 or fp16");
  }
  options.float32_in[word.substr(0, sign)].insert(dtype);
}

void declare_labels(OptionTable& table, ImportOptions& options) {
  table.group("What the package says of itself");
  table.one("--name", "TEXT", "What the program calls the model", "as the checkpoint",
            [&](const std::string& word) { options.name = one_line("--name", word); });
  table.one("--source", "TEXT", "Where the weights come from", "the checkpoint's name",
            [&](const std::string& word) { options.source = one_line("--source", word); });
  table.one("--license", "TEXT", "Licence of the weights", "not stated; GemDepth: unknown",
            [&](const std::string& word) { options.license = one_line("--license", word); });
  table.one("--notice", "TEXT", "One line that every run shows", "none; GemDepth: of its licence",
            [&](const std::string& word) { options.notice = one_line("--notice", word); });
  table.number("--res", options.res_px,
               "Edge in pixels that the model likes: of RollingDepth the longest, of the others "
               "the shortest",
               "none; of the others 518");
}

void declare_options(OptionTable& table, ImportCommand& command) {
  ImportOptions& options = command.options;
  table.group("Weights");
  table.one("--dtype", "TYPE", "fp16 or fp32, of the weights in the package",
            "as stored; GemDepth: fp16",
            [&](const std::string& word) { options.dtype = parse_dtype(word); });
  table.boolean("--metric", options.metric,
                "The checkpoint gives metres; of Video-Depth-Anything only",
                "where 'metric' is in its name");
  table.many("--float32-in", "NET=TYPE",
             "Keep a network in float32 where the others run in bf16 or fp16, as decoder=fp16", "",
             [&](const std::vector<std::string>& words) {
               for (const std::string& word : words) take_float32(word, options);
             });
  table.path("--template", "DIR", "Template to make the package from",
             "the one in models/templates that fits",
             [&](fs::path path) { command.template_folder = std::move(path); });
  declare_labels(table, options);
  table.group("General");
  table.boolean("--check", command.check,
                "Run the package once on a few small frames before it gets its name");
  table.boolean("--overwrite", command.overwrite, "Replace a package that is there");
  table.boolean("--quiet", command.quiet, "Only warnings and errors");
  add_log_options(table, command.log);
}

/// @throws Error(kUsage) for a path that ends in no name.
fs::path named_output(const std::string& word) {
  const fs::path path(word);
  // A name that ends in '/' has none.
  fs::path output = path.has_filename() ? path : path.parent_path();
  const fs::path name = output.filename();
  if (name.empty() || name == "." || name == "..") {
    throw Error(ErrorKind::kUsage, "import: '" + word + "' is no name for the package's folder");
  }
  return output;
}

void take_places(const std::vector<std::string>& left, ImportCommand& command) {
  if (left.empty()) {
    throw Error(ErrorKind::kUsage, "import: no checkpoint (give a folder or a .pth)");
  }
  if (left.size() == 1) {
    throw Error(ErrorKind::kUsage,
                "import: no folder for the package (give it after the "
                "checkpoint)");
  }
  if (left.size() > 2) {
    throw Error(ErrorKind::kUsage,
                "import: takes one checkpoint and one folder, and '" + left[2] + "' is too much");
  }
  command.options.checkpoint = left[0];
  command.output = named_output(left[1]);
}

/// @throws Error(kOutput) for a place that is taken, or holds something else than a package.
void require_free(const fs::path& output, bool overwrite) {
  const bool there = fs::exists(fs::symlink_status(output));
  if (!there) return;
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::kOutput, output.string() + ": " + why);
  };
  if (!overwrite) refuse("exists already; --overwrite replaces it");
  if (fs::is_symlink(output) || !fs::is_directory(output)) {
    refuse("exists and is no folder; it is left alone");
  }
  if (fs::is_empty(output)) return;
  if (!fs::exists(output / "model.json")) {
    refuse("holds something that is no model package; it is left alone");
  }
  // The checkpoint perhaps, or other packages.
  for (const fs::directory_entry& entry : fs::directory_iterator(output)) {
    const fs::path name = entry.path().filename();
    if ((name == "model.json" || name.extension() == ".ts") && !entry.is_directory()) continue;
    refuse("holds " + name.string() + ", which is no part of a model package; it is left alone");
  }
}

}  // namespace

ImportCommand parse_import_command(const std::vector<std::string>& arguments) {
  ImportCommand command;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth import CHECKPOINT OUT [options]",
                     .footer = kFooter,
                     .command = "import"});
  declare_options(table, command);
  const auto left = table.parse(arguments);
  if (!left) {
    command.help = table.help();
    return command;
  }
  refuse_leftovers(*left, table);
  take_places(*left, command);
  if (command.options.res_px) {
    require_within("--res", *command.options.res_px, kMinResolutionPx, kMaxResolutionPx);
  }
  command.log.validate();
  return command;
}

void run_import_command(const ImportCommand& command, Console& console) {
  console.set_verbosity(verbosity_of(command.quiet, /*verbose=*/false));
  const fs::path& output = command.output;
  require_free(output, command.overwrite);
  const auto claim = PackageClaim::take(output);
  if (!claim) {
    throw Error(ErrorKind::kOutput, output.string() + ": another rollingdepth is making it");
  }
  // Another one may just have finished it.
  require_free(output, command.overwrite);
  ImportOptions options = command.options;
  options.templates =
      command.template_folder ? std::vector{*command.template_folder} : installed_templates();
  ConsoleProgress progress(console, &interrupt_requested);
  make_package(options, *claim, command.check, progress);
  console.print(output.string() + ": " + format_bytes(static_cast<double>(package_bytes(output))));
}

}  // namespace rollingdepth
