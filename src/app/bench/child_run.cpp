#include "app/bench/child_run.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "app/model_search.hpp"
#include "rollingdepth/error.hpp"

extern char** environ;  // NOLINT: POSIX declares it nowhere.

namespace rollingdepth {
namespace {

using namespace std::chrono_literals;

// A child stops within a second and a half of a signal, by force if it must. This process is then
// ended too if it still waits.
constexpr auto kPoll = 10ms;
constexpr auto kTimeToStop = 1200ms;

[[noreturn]] void fail(const std::string& why) {
  throw Error(ErrorKind::kFailed, "cannot start a run: " + why);
}

class Child {
 public:
  Child(const std::filesystem::path& executable, const std::vector<std::string>& arguments,
        const std::filesystem::path& log) {
    std::vector<std::string> words = {executable.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const int problem = posix_spawn(&id_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (problem != 0) fail(std::strerror(problem));
  }
  ~Child() {
    if (ended_) return;
    kill(id_, SIGINT);
    const auto deadline = std::chrono::steady_clock::now() + kTimeToStop;
    while (!has_ended() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(kPoll);
    }
    if (ended_) return;
    kill(id_, SIGKILL);
    waitpid(id_, &status_, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool has_ended() {
    if (ended_) return true;
    const pid_t answer = waitpid(id_, &status_, WNOHANG);
    if (answer < 0) status_ = kUnknown;
    return ended_ = answer != 0;
  }
  [[nodiscard]] bool succeeded() const { return WIFEXITED(status_) && WEXITSTATUS(status_) == 0; }
  /// The signal that ended it, or 0.
  [[nodiscard]] int signal_number() const { return WIFSIGNALED(status_) ? WTERMSIG(status_) : 0; }

 private:
  static constexpr int kUnknown = 0xff00;  // As of an exit code of 255: not successful.

  pid_t id_ = -1;
  int status_ = kUnknown;
  bool ended_ = false;
};

// Its last error, without "rollingdepth: error: ".
std::string last_error(const std::filesystem::path& log) {
  const std::string prefix = "rollingdepth: error: ";
  std::ifstream stream(log);
  std::string last = "it ended without a message";
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(prefix)) last = line.substr(prefix.size());
  }
  return last;
}

}  // namespace

void run_self(const std::vector<std::string>& arguments, const std::filesystem::path& log,
              Progress& progress) {
  Child child(executable_path(), arguments, log);
  while (!child.has_ended()) {
    std::this_thread::sleep_for(kPoll);
    progress.check_cancelled();
  }
  if (const int number = child.signal_number(); number != 0) {
    throw Error(ErrorKind::kFailed, "it was ended by signal " + std::to_string(number) +
                                        (number == SIGKILL ? ", perhaps for want of memory" : ""));
  }
  if (!child.succeeded()) throw Error(ErrorKind::kFailed, last_error(log));
}

}  // namespace rollingdepth
