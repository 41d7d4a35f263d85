#include "app/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

#include "app/exit_code.hpp"
#include "base/partial_file.hpp"

namespace rollingdepth {
namespace {

constexpr std::chrono::milliseconds kTimeToUnwind{1500};
constexpr std::chrono::milliseconds kPollInterval{50};
// A shell that ends sends SIGHUP and the kernel another one, a wrapper passes on the Ctrl-C that
// its group has had: what follows at once is the same signal.
constexpr std::chrono::seconds kSameSignal{1};

struct Stopping {
  int number;
  const char* text;
};
constexpr std::array<Stopping, 4> kStopping = {{{SIGINT, "interrupted"},
                                                {SIGTERM, "stopped by SIGTERM"},
                                                {SIGUSR1, "stopped by SIGUSR1"},
                                                {SIGHUP, "stopped by SIGHUP"}}};

std::atomic<const Stopping*> asked{nullptr};  // The first.
std::atomic<bool> patient{false};

// Whether one of `signals` is waiting to be delivered.
bool is_pending(const sigset_t& signals) {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  return std::any_of(kStopping.begin(), kStopping.end(), [&](const Stopping& stopping) {
    return sigismember(&signals, stopping.number) == 1 &&
           sigismember(&pending, stopping.number) == 1;
  });
}

// Runs on a thread of its own, where, unlike in a signal handler, files can be removed.
void watch(sigset_t signals, const std::function<void(const std::string&)>& last_words) {
  int number = 0;
  if (sigwait(&signals, &number) != 0) return;
  asked = std::find_if(kStopping.begin(), kStopping.end(),
                       [&](const Stopping& stopping) { return stopping.number == number; });
  const auto began = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::steady_clock::now() - began; };
  while (patient || passed() < kTimeToUnwind) {
    if (is_pending(signals)) {
      if (passed() >= kSameSignal) break;
      if (sigwait(&signals, &number) != 0) break;
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  const auto lock = remove_partial_files();
  last_words(interrupt_text());
  _exit(interrupt_exit_code());
}

}  // namespace

void install_signal_handlers(std::function<void(const std::string&)> last_words) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const auto& [number, text] : kStopping) {
    // nohup starts the program with SIGHUP ignored, a shell a background job with SIGINT ignored:
    // leave them so.
    struct sigaction current = {};
    sigaction(number, nullptr, &current);
    if (current.sa_handler != SIG_IGN) sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread(watch, signals, std::move(last_words)).detach();
}

void finish_what_is_in_hand() { patient = true; }

bool interrupt_requested() { return asked != nullptr; }

std::string interrupt_text() {
  const Stopping* const stopping = asked;
  return (stopping != nullptr ? *stopping : kStopping.front()).text;
}

int interrupt_exit_code() {
  const Stopping* const stopping = asked;
  return stopping == nullptr || stopping->number == SIGINT ? kInterrupted : kUnfinished;
}

}  // namespace rollingdepth
