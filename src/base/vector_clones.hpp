#pragma once

/// Before a function: GCC compiles it for several instruction sets and chooses at start-up. For
/// functions whose results are the same bits in all of them: sums run in lanes of fixed number and
/// no operations are fused. GCC 12 knows these names, clang clones functions on Linux only, and
/// sanitizers do not survive the choice, which happens before they are ready.
#if defined(__x86_64__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ROLLINGDEPTH_FOR_EACH_CPU \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ROLLINGDEPTH_FOR_EACH_CPU
#endif
