#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>
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

/// What a module and a name stand for. @throws Error(kModel) for what would be code.
Value value_called(std::string_view module, std::string_view name);
/// @throws Error(kModel) where a tensor reaches beyond its storage, or repeats its numbers.
void check_bounds(const PickledTensor& tensor);

/// The refusals of a pickle: Error(kModel).
[[noreturn]] void refuse_code(std::string_view name);
[[noreturn]] void refuse_damaged(const std::string& why);
[[noreturn]] void refuse_content();

}  // namespace rollingdepth::pickled
