#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "checkpoint/pickle.hpp"

namespace rollingdepth::pickled {

/// The values that a pickle of a checkpoint makes. They refer to each other by number, so that
/// nothing they refer to, themselves included, can lead to recursion.
using Ref = std::uint32_t;

struct None {};
/// A number with a point, or bytes: they can stand beside tensors, and mean nothing here.
struct Other {};
/// What may be called by name, and the only things that are.
enum class Callable { kOrderedDict, kRebuildTensor, kRebuildParameter };
/// torch.FloatStorage and so on.
struct StorageType {
  at::ScalarType dtype;
};
struct Storage {
  at::ScalarType dtype;
  std::string_view key;
  std::int64_t numbers;
};
struct Tuple {
  std::vector<Ref> items;
};
struct List {
  std::vector<Ref> items;
};
struct Dict {
  bool ordered = false;
  std::vector<std::pair<Ref, Ref>> items;
};

/// Texts are parts of the pickle.
using Value = std::variant<None, Other, bool, std::int64_t, std::string_view, Callable, StorageType,
                           Storage, Tuple, List, Dict, PickledTensor>;

}  // namespace rollingdepth::pickled
