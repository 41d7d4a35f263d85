#pragma once

#include <torch/csrc/jit/api/module.h>

namespace rollingdepth::cpu {

/// Replaces what LibTorch's operators do in many passes over memory by the layers and operations of
/// this folder, in `module`'s forward method, which keeps its meaning. Weights become constants of
/// the method, which alone holds them from then on.
/// @return whether it did: not for a dtype or on a processor that has_fast_operations() denies, nor
///         for a network that changes its attributes or does more with its parts than read them.
/// REQUIRES: `module` is on CPU and in eval mode, its weights are of the type `dtype` or float32,
/// no
///           other method of it is needed any more, and forward has not run yet.
bool fuse(torch::jit::Module& module, c10::ScalarType dtype);

}  // namespace rollingdepth::cpu
