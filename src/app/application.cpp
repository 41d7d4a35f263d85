#include "app/application.hpp"

#include <chrono>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "app/command_line.hpp"
#include "app/console.hpp"
#include "app/exit_code.hpp"
#include "app/interrupt.hpp"
#include "app/listings.hpp"
#include "app/run/run_command.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

int exit_code_of(const std::exception& error) {
  return kind_of(error) == ErrorKind::kUsage ? kWrongUsage : kFailure;
}

int run_request(const CommandLine& line, const std::string& commit, Console& console) {
  switch (line.request) {
    case Request::kHelp:
      std::cout << line.help << std::flush;
      return kDone;
    case Request::kVersion:
      console.print_lines(version_text(commit));
      return kDone;
    case Request::kListDevices:
      console.print_lines(device_list_text());
      return kDone;
    case Request::kListColormaps:
      console.print_lines(colormap_list_text());
      return kDone;
    case Request::kAlign:
      run_align_command(line.align, console);
      return kDone;
    case Request::kBench:
      return run_bench_command(line.bench, console) ? kDone : kBoundBroken;
    case Request::kCompare:
      return run_compare_command(line.compare, console) ? kDone : kBoundBroken;
    case Request::kScenes:
      run_scenes_command(line.scenes, console);
      return kDone;
    case Request::kImport:
      run_import_command(line.importing, console);
      return kDone;
    case Request::kModels:
      run_models_command(line.models, console);
      return kDone;
    case Request::kLive:
      run_live_command(line.live, console);
      return kDone;
    case Request::kPoints:
      run_points_command(line.points, console);
      return kDone;
    case Request::kTrack:
      run_track_command(line.track, console);
      return kDone;
    case Request::kWork:
      return run_work_command(line.work, console);
    case Request::kMerge:
      return run_merge_command(line.merge, console);
    case Request::kStatus:
      run_status_command(line.status, console);
      return kDone;
    case Request::kPlan:
    case Request::kRun:
      break;
  }
  console.set_verbosity(verbosity_of(line.options.quiet, line.options.verbose));
  return run_inputs(line.options, console);
}

/// What was printed must have arrived: a full disk behind a redirection is a failure.
int with_output(int exit_code) {
  if (std::cout.flush()) return exit_code;
  throw Error(ErrorKind::kOutput, "cannot write to standard output");
}

int run_arguments(const std::vector<std::string>& arguments, const std::string& commit,
                  Console& console) {
  try {
    const CommandLine line = parse_command_line(arguments);
    begin_log(line.log, arguments, commit, console);
    return with_output(run_request(line, commit, console));
  } catch (const Cancelled&) {
    console.error(interrupt_text());
    return interrupt_exit_code();
  } catch (const std::exception& error) {
    console.error(describe(error));
    console.record_causes(error);
    return exit_code_of(error);
  }
}

}  // namespace

int run_application(int argc, char** argv, const std::string& commit) {
  const auto started = std::chrono::steady_clock::now();
  Console console(detect_console_settings(), std::cout, std::cerr);
  try {
    install_signal_handlers([log = console.log()](const std::string& why) {
      log->record(LogLevel::kInfo, "exit code " + std::to_string(interrupt_exit_code()) +
                                       ": it did not end by itself in time");
      log->last_words(why);
    });
  } catch (const std::system_error& error) {  // No thread is left for them.
    console.error(describe(error));
    return kUnfinished;
  }
  const int exit_code = run_arguments({argv + 1, argv + argc}, commit, console);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
  console.record(LogLevel::kInfo, "exit code " + std::to_string(exit_code) + " after " +
                                      format_duration(seconds.count()));
  return exit_code;
}

}  // namespace rollingdepth
