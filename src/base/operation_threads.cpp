#include "base/operation_threads.hpp"

#include <ATen/Parallel.h>
#include <dlfcn.h>

namespace rollingdepth {
namespace {

// at::set_num_threads() is for the whole process; OpenMP's own is for the calling thread.
void set_threads_of_this_thread(int threads) {
  static const auto set =
      reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (set != nullptr) set(threads);
}

}  // namespace

// Asking for the number makes LibTorch set it in a thread that is new to it, which must come first.
OperationThreads::OperationThreads(int threads) : before_(at::get_num_threads()) {
  set_threads_of_this_thread(threads);
}

OperationThreads::~OperationThreads() { set_threads_of_this_thread(before_); }

}  // namespace rollingdepth
