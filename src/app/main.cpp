// The start of the executable. Threads of LibTorch's OpenMP runtime spin while they wait for each
// other, which takes the cores from every other process and, where those have work, from the very
// threads that are waited for. The runtime reads how to wait from the environment while it is
// loaded, before the code of a program that is linked with it. So the program is a library, which
// is opened here once the environment says so.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include "app/exit_code.hpp"

namespace {

using rollingdepth::kUnfinished;

// Where one is closed, the next file that is opened gets its number, and what is said then goes
// into that file. Each open takes the lowest number that is free.
void open_standard_descriptors() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(number, F_GETFD) < 0)
      (void)open("/dev/null", number == STDIN_FILENO ? O_RDONLY : O_WRONLY);
  }
}

// What the user has said about waiting stands, whichever OpenMP runtime it is meant for.
void let_waiting_threads_sleep() {
  for (const char* const name : {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"}) {
    if (std::getenv(name) != nullptr) return;
  }
  setenv("OMP_WAIT_POLICY", "passive", 0);
  // Some ten microseconds first (libgomp): what waits for a share of equal size is needed again
  // sooner than it could be woken.
  setenv("GOMP_SPINCOUNT", "1000", 0);
}

// Until the program handles them itself: nothing is begun, and the same command does it all.
void stop_as_unfinished() {
  for (const int number : {SIGTERM, SIGUSR1, SIGHUP}) {
    struct sigaction present = {};
    sigaction(number, nullptr, &present);
    if (present.sa_handler == SIG_IGN) continue;
    std::signal(number, [](int) { _exit(kUnfinished); });
  }
}

int cannot_start() {
  const char* const why = dlerror();
  std::fprintf(stderr, "rollingdepth: error: cannot open the program: %s\n", why ? why : "?");
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  let_waiting_threads_sleep();
  stop_as_unfinished();
  // Its folder is in this file's run path. Functions are bound when they are first called, as they
  // are in an executable: LibTorch has 31,000. Global: libraries that are opened later, such as
  // LibTorch's CUDA part, find the same runtime.
  void* const program = dlopen(ROLLINGDEPTH_PROGRAM_LIBRARY, RTLD_LAZY | RTLD_GLOBAL);
  if (program == nullptr) return cannot_start();
  const auto run =
      reinterpret_cast<int (*)(int, char**)>(dlsym(program, "rollingdepth_run_application"));
  if (run == nullptr) return cannot_start();
  return run(argc, argv);
}
