#pragma once

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/program.hpp"

namespace rollingdepth::testing {

using Words = std::vector<std::string>;

inline Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// A run of a clip that is long enough to be stopped in the middle: half a second of work.
inline Words long_run(const Words& more, const std::string& frames = "24") {
  return joined(
      {"-i", case_clip("fast"), "--res", "0", "--device", "cpu", "--dtype", "fp32", "--quality",
       "ultra_fast", "--threads", "1", "--dilations", "1", "4", "--frames", frames},
      more);
}

/// Everything below `folder`/output but the report, which tells seconds: a name, folders with a
/// slash, and a hash of the bytes.
inline std::map<std::string, std::size_t> outputs_in(const std::filesystem::path& folder) {
  std::map<std::string, std::size_t> found;
  const std::filesystem::path output = folder / "output";
  if (!std::filesystem::exists(output)) return found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(output)) {
    const std::string name = entry.path().lexically_relative(output).string();
    if (name.ends_with("_report.json")) continue;
    if (entry.is_directory()) {
      found[name + "/"] = 0;
    } else {
      found[name] = std::hash<std::string>{}(text_of(entry.path()));
    }
  }
  return found;
}

/// What an uninterrupted run writes.
inline std::map<std::string, std::size_t> outputs_of(const Words& arguments) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(folder.path(), arguments);
  if (result.exit_code != 0) throw std::runtime_error(result.err);
  return outputs_in(folder.path());
}

/// The job that a stopped run of clip.mp4 has left.
inline std::filesystem::path job_in(const std::filesystem::path& folder) {
  return folder / "output" / "clip.job";
}

/// Whether `file` is there and holds something.
inline bool holds_bytes(const std::filesystem::path& file) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(file, problem);
  return !problem && size > 0;
}

/// Runs the program and sends it `number`, `times` times, as soon as `moment` holds. A program that
/// is through before is given another try in an empty output folder: no test depends on who is
/// faster.
/// @return its exit code.
inline int stop_run(const std::filesystem::path& folder, const Words& arguments, int number,
                    const std::function<bool()>& moment, int times = 1) {
  std::string said;
  for (int tries = 0; tries < 5; ++tries) {
    Program program(folder, arguments);
    if (program.wait_until(moment)) {
      for (int i = 0; i < times; ++i) program.send(number);
    }
    const int exit_code = program.wait();
    if (exit_code == 128 + number || exit_code == 130) return exit_code;
    said = program.err();
    std::filesystem::remove_all(folder / "output");
  }
  throw std::runtime_error("the program could not be stopped: " + said);
}

/// Runs the program until it has come to `point`, "snippets:5": there it waits, however fast it is.
/// Then sends it `number`, `times` times, as soon as `moment` holds.
inline ProgramResult stop_at(const std::filesystem::path& folder, const Words& arguments,
                             const std::string& point, int number,
                             const std::function<bool()>& moment = {}, int times = 1) {
  Program program(folder, "/usr/bin/env",
                  joined({"ROLLINGDEPTH_HOLD_AT=" + point, ROLLINGDEPTH_PROGRAM}, arguments));
  const bool holds = program.wait_until([&] {
    return program.err().find("holding at " + point + "\n") != std::string::npos &&
           (!moment || moment());
  });
  for (int i = 0; i < times && holds; ++i) program.send(number);
  const int exit_code = program.wait();
  if (!holds)
    throw std::runtime_error("the program did not come to " + point + ": " + program.err());
  return {exit_code, program.out(), program.err()};
}

/// The same with SIGKILL, once the job holds records of snippets.
inline void kill_run(const std::filesystem::path& folder, const Words& arguments,
                     const std::string& point = "snippets:2") {
  stop_at(folder, arguments, point, SIGKILL,
          [&] { return holds_bytes(job_in(folder) / "samples-1.spool"); });
}

/// A run of clip.mp4 whose outputs and duration are known from one that was not interrupted.
class MeasuredRun {
 public:
  explicit MeasuredRun(Words arguments) : arguments_(std::move(arguments)) {
    const TemporaryFolder folder;
    Program program(folder.path(), arguments_);
    wait_for_the_job(program, folder.path());
    const auto start = std::chrono::steady_clock::now();
    if (program.wait() != 0) throw std::runtime_error(program.err());
    work_ = std::chrono::steady_clock::now() - start;
    expected_ = outputs_in(folder.path());
  }

  [[nodiscard]] const std::map<std::string, std::size_t>& expected() const { return expected_; }
  /// Runs it in `folder` and kills it after this part of the work that a whole run does, unless it
  /// is through before.
  void run_a_while(const std::filesystem::path& folder, double part) const {
    Program program(folder, arguments_);
    wait_for_the_job(program, folder);
    std::this_thread::sleep_for(part * work_);
    program.send(SIGKILL);
    program.wait();
  }
  [[nodiscard]] ProgramResult run_to_the_end(const std::filesystem::path& folder) const {
    return run_program(folder, arguments_);
  }

 private:
  // The program takes as long again to start.
  static void wait_for_the_job(Program& program, const std::filesystem::path& folder) {
    program.wait_until([&] { return std::filesystem::exists(job_in(folder)); });
  }

  Words arguments_;
  std::map<std::string, std::size_t> expected_;
  std::chrono::duration<double> work_{};
};

/// A kind of run, for all that goes on differently in it.
struct RunKind {
  std::string name;
  Words options;
};
inline void PrintTo(const RunKind& kind, std::ostream* stream) { *stream << kind.name; }

inline const std::vector<RunKind>& run_kinds() {
  static const std::vector<RunKind> table = {
      {"Plain", {}},
      {"Refined", {"--refine-step", "3"}},
      {"Chunked", {"--chunk-frames", "10", "--chunk-overlap", "3"}},
  };
  return table;
}

}  // namespace rollingdepth::testing
