#include "rollingdepth/app/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "rollingdepth/base/partial_file.hpp"

namespace rollingdepth {
namespace {

constexpr int kInterruptedExitCode = 130;
constexpr std::chrono::milliseconds kTimeToUnwind{1500};
constexpr std::chrono::milliseconds kPollInterval{50};

std::atomic<bool> interrupted{false};

// Whether one of `signals` is waiting to be delivered.
bool is_pending(const sigset_t& signals) {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (sigismember(&signals, number) == 1 && sigismember(&pending, number) == 1) return true;
  }
  return false;
}

// Runs on a thread of its own, where, unlike in a signal handler, files can be removed.
void watch(sigset_t signals) {
  int number = 0;
  if (sigwait(&signals, &number) != 0) return;
  interrupted = true;
  const auto deadline = std::chrono::steady_clock::now() + kTimeToUnwind;
  while (std::chrono::steady_clock::now() < deadline && !is_pending(signals)) {
    std::this_thread::sleep_for(kPollInterval);
  }
  const auto lock = remove_partial_files();
  std::fputs("rollingdepth: error: interrupted\n", stderr);
  _exit(kInterruptedExitCode);
}

}  // namespace

void install_signal_handlers() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    // nohup starts the program with SIGHUP ignored, a shell a background job with SIGINT ignored:
    // leave them so.
    struct sigaction current = {};
    sigaction(number, nullptr, &current);
    if (current.sa_handler != SIG_IGN) sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread(watch, signals).detach();
}

bool interrupt_requested() { return interrupted; }

}  // namespace rollingdepth
