#include "rollingdepth/app/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <csignal>

namespace rollingdepth {
namespace {

constexpr int kInterruptedExitCode = 130;

volatile std::sig_atomic_t interrupted = 0;

void on_signal(int) {
  if (interrupted != 0) _exit(kInterruptedExitCode);
  interrupted = 1;
}

}  // namespace

void install_signal_handlers() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    // nohup starts the program with SIGHUP ignored: leave it so.
    struct sigaction current = {};
    sigaction(number, nullptr, &current);
    if (number == SIGHUP && current.sa_handler == SIG_IGN) continue;
    sigaction(number, &action, nullptr);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

bool interrupt_requested() { return interrupted != 0; }

}  // namespace rollingdepth
