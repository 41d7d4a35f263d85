#include "checkpoint/pickle_values.hpp"

#include <array>
#include <cstddef>
#include <string>

#include "checkpoint/foreign_bytes.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::pickled {

void refuse_code(std::string_view name) {
  throw Error(ErrorKind::kModel, "not a checkpoint of plain tensors; it asks for the code " +
                                     std::string(name) + " to be run, which is not done");
}
void refuse_damaged(const std::string& why) {
  throw Error(ErrorKind::kModel, "its list of tensors is damaged: " + why);
}
void refuse_content() { throw Error(ErrorKind::kModel, "holds something else than named tensors"); }

Value value_called(std::string_view module, std::string_view name) {
  constexpr std::array<std::pair<std::string_view, at::ScalarType>, 10> kStorages = {{
      {"FloatStorage", at::kFloat},
      {"HalfStorage", at::kHalf},
      {"BFloat16Storage", at::kBFloat16},
      {"DoubleStorage", at::kDouble},
      {"LongStorage", at::kLong},
      {"IntStorage", at::kInt},
      {"ShortStorage", at::kShort},
      {"CharStorage", at::kChar},
      {"ByteStorage", at::kByte},
      {"BoolStorage", at::kBool},
  }};
  if (module == "torch") {
    for (const auto& [known, dtype] : kStorages) {
      if (known == name) return StorageType{dtype};
    }
  }
  if (module == "collections" && name == "OrderedDict") return Callable::kOrderedDict;
  if (module == "torch._utils" && name == "_rebuild_tensor_v2") return Callable::kRebuildTensor;
  if (module == "torch._utils" && name == "_rebuild_parameter") return Callable::kRebuildParameter;
  refuse_code(std::string(module) + "." + std::string(name));
}

void check_bounds(const PickledTensor& tensor) {
  const auto numbers = numbers_in(tensor.shape);
  bool fits = numbers && tensor.shape.size() == tensor.strides.size() && tensor.offset >= 0 &&
              tensor.offset <= tensor.storage_numbers;
  std::int64_t last = fits ? tensor.offset : 0;
  for (std::size_t i = 0; fits && *numbers > 0 && i < tensor.shape.size(); ++i) {
    std::int64_t step = 0;
    fits = tensor.strides[i] >= 0 &&
           !__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &step) &&
           !__builtin_add_overflow(last, step, &last);
  }
  if (!fits || (*numbers > 0 && last >= tensor.storage_numbers)) {
    refuse_damaged("a tensor does not lie within its storage " + tensor.storage);
  }
  // One number, seen a million times, would become a million when it is read.
  if (*numbers > tensor.storage_numbers) {
    throw Error(ErrorKind::kModel, "holds a tensor that repeats the numbers of its storage " +
                                       tensor.storage + ", which no saved weight does");
  }
}

}  // namespace rollingdepth::pickled
