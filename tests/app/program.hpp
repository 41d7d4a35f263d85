#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "data_file.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::testing {

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The arguments of a run that names no device, with the processor: `auto` would take whatever GPU
/// the machine has. Other commands as they are.
inline std::vector<std::string> on_some_device(std::vector<std::string> arguments) {
  const auto names = [&](const char* option) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& word) {
      return word == option || word.starts_with(std::string(option) + "=");
    });
  };
  const bool is_run = names("-i") && arguments.front() != "bench";
  if (is_run && !names("--device")) arguments.insert(arguments.end(), {"--device", "cpu"});
  return arguments;
}

/// The executable, started on its own, its output kept in files of `folder`.
class Program {
 public:
  /// @param folder becomes the working directory.
  Program(const std::filesystem::path& folder, const std::vector<std::string>& arguments)
      : Program(folder, ROLLINGDEPTH_PROGRAM, on_some_device(arguments)) {}

  Program(const std::filesystem::path& folder, const std::string& executable,
          const std::vector<std::string>& arguments)
      : out_(folder / ".stdout"), err_(folder / ".stderr") {
    std::vector<std::string> words = {executable};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    child_ = fork();
    if (child_ < 0) throw std::runtime_error("fork");
    if (child_ > 0) return;
    redirect(out_, STDOUT_FILENO);
    redirect(err_, STDERR_FILENO);
    for (const int number : {SIGINT, SIGHUP, SIGXFSZ, SIGPIPE}) signal(number, SIG_DFL);
    // Without `-c` the tests run the small reference model, for which there are recordings.
    setenv("ROLLINGDEPTH_MODELS", (data_file("models") / "a").c_str(), 1);
    if (chdir(folder.c_str()) == 0) execv(argv[0], argv.data());
    _exit(127);
  }
  ~Program() {
    if (child_ > 0 && !ended_) {
      kill(child_, SIGKILL);
      wait();
    }
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// The exit code; 128 + the signal's number where one ended it.
  int wait() {
    if (!ended_) waitpid(child_, &status_, 0);
    ended_ = true;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }
  /// Whether it has not ended yet.
  bool running() {
    if (!ended_) ended_ = waitpid(child_, &status_, WNOHANG) == child_;
    return !ended_;
  }
  void send(int number) {
    if (running()) kill(child_, number);
  }
  /// Waits until `condition` holds; false where the program ends before.
  template <class Condition>
  bool wait_until(Condition&& condition) {
    while (running()) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  [[nodiscard]] pid_t id() const { return child_; }
  /// Sends `number` once standard error holds `words`; false where that does not happen in time.
  bool signal_when_said(const std::string& words, int number, std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < end) {
      if (err().find(words) != std::string::npos) return kill(child_, number) == 0;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }
  [[nodiscard]] std::string out() const { return text_of(out_); }
  [[nodiscard]] std::string err() const { return text_of(err_); }

 private:
  static void redirect(const std::filesystem::path& file, int descriptor) {
    const int opened = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(opened, descriptor);
  }

  std::filesystem::path out_;
  std::filesystem::path err_;
  pid_t child_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

struct ProgramResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};

inline ProgramResult run_program(const std::filesystem::path& folder, const std::string& executable,
                                 const std::vector<std::string>& arguments) {
  Program program(folder, executable, arguments);
  const int exit_code = program.wait();
  return {exit_code, program.out(), program.err()};
}

inline ProgramResult run_program(const std::filesystem::path& folder,
                                 const std::vector<std::string>& arguments) {
  return run_program(folder, ROLLINGDEPTH_PROGRAM, arguments);
}

/// The recorded clip of a case, 64x48 or smaller.
inline std::string case_clip(const std::string& name) {
  return data_file("cases") / name / "clip.mp4";
}

/// `arguments` and what makes a run on a recorded clip take a second, on any machine the same.
inline std::vector<std::string> small_run(std::vector<std::string> arguments) {
  for (const char* word : {"--res", "0", "--frames", "5", "--device", "cpu", "--dtype", "fp32",
                           "--quality", "ultra_fast", "--threads", "1"}) {
    arguments.emplace_back(word);
  }
  return arguments;
}

/// Names of everything below `folder`, sorted, without the captured output.
inline std::vector<std::string> files_below(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  if (!std::filesystem::exists(folder)) return names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      names.push_back(entry.path().lexically_relative(folder).string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace rollingdepth::testing
