#include "checkpoint/pickle.hpp"

#include <cstddef>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "checkpoint/pickle_values.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using namespace pickled;

constexpr std::size_t kMaxValues = 1 << 18;  // A large checkpoint's pickle has some ten thousand.
constexpr std::size_t kMaxDims = 64;         // As PyTorch.

/// Runs the pickle's instructions: those that plain data needs.
class Unpickler {
 public:
  explicit Unpickler(std::string_view pickle) : rest_(pickle) {}

  /// The value that is left at its end.
  Ref run() {
    while (true) {
      const auto code = static_cast<unsigned char>(take(1)[0]);
      if (code == '.') break;
      if (!run_literal(code) && !run_container(code) && !run_memo(code)) run_other(code);
    }
    return pop();
  }
  [[nodiscard]] const Value& value(Ref ref) const { return values_[ref]; }

 private:
  // None, truth, numbers, texts.
  bool run_literal(unsigned char code) {
    switch (code) {
      case 'N':
        return push(None{});
      case 0x88:
      case 0x89:
        return push(code == 0x88);
      case 'J':
        return push(std::int64_t{number<std::int32_t>()});
      case 'K':
        return push(std::int64_t{number<std::uint8_t>()});
      case 'M':
        return push(std::int64_t{number<std::uint16_t>()});
      case 0x8A:
        return push(long_number(number<std::uint8_t>()));
      case 'G':
        take(8);
        return push(Other{});
      case 'X':
        return push(take(number<std::uint32_t>()));
      case 0x8C:
        return push(take(number<std::uint8_t>()));
      case 0x8D:
        return push(take(number<std::uint64_t>()));
      case 'B':
        take(number<std::uint32_t>());
        return push(Other{});
      case 'C':
        take(number<std::uint8_t>());
        return push(Other{});
      default:
        return false;
    }
  }

  bool run_container(unsigned char code) {
    switch (code) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case ')':
        return push(Tuple{});
      case 't':
        return push(Tuple{pop_to_mark()});
      case 0x85:
      case 0x86:
      case 0x87:
        return push(Tuple{pop_many(code - 0x84)});
      case ']':
        return push(List{});
      case 'a':
        return append(pop_many(1));
      case 'e':
        return append(pop_to_mark());
      case '}':
        return push(Dict{});
      case 's':
        return set_items(pop_many(2));
      case 'u':
        return set_items(pop_to_mark());
      default:
        return false;
    }
  }

  bool run_memo(unsigned char code) {
    switch (code) {
      case 'q':
        memo_[number<std::uint8_t>()] = top();
        return true;
      case 'r':
        memo_[number<std::uint32_t>()] = top();
        return true;
      case 0x94:
        memo_[static_cast<std::uint32_t>(memo_.size())] = top();
        return true;
      case 'h':
        return recall(number<std::uint8_t>());
      case 'j':
        return recall(number<std::uint32_t>());
      default:
        return false;
    }
  }

  void run_other(unsigned char code) {
    switch (code) {
      case 0x80:
        if (number<std::uint8_t>() > 5) refuse_damaged("it has a protocol that is not known");
        break;
      case 0x95:  // How much follows: nothing depends on it.
        take(8);
        break;
      case '0':
        pop();
        break;
      case '1':
        pop_to_mark();
        break;
      case 'c': {
        const std::string_view module = line();
        push(value_called(module, line()));
        break;
      }
      case 0x93: {
        const auto words = pop_many(2);
        push(value_called(as<std::string_view>(words[0]), as<std::string_view>(words[1])));
        break;
      }
      case 'R': {
        const auto call = pop_many(2);
        push(result_of(as<Callable>(call[0]), as<Tuple>(call[1]).items));
        break;
      }
      case 'b': {  // What is noted of a state_dict: the versions of its modules.
        pop();
        if (!as<Dict>(top()).ordered) refuse_content();
        break;
      }
      case 'Q':
        push(storage_of(as<Tuple>(pop()).items));
        break;
      case 'i': {
        const std::string module(line());
        refuse_code(module + "." + std::string(line()));
      }
      case 0x81:
      case 0x92:
      case 'o':
        refuse_code("of a class");
      case 0x82:
      case 0x83:
      case 0x84:
        refuse_code("of an extension");
      default:
        refuse_damaged("it has the instruction " + std::to_string(code) +
                       ", which no pickle of named tensors needs");
    }
  }

  Value result_of(Callable callable, const std::vector<Ref>& arguments) {
    if (callable == Callable::kOrderedDict) {
      if (!arguments.empty()) refuse_content();
      return Dict{.ordered = true, .items = {}};
    }
    if (callable == Callable::kRebuildParameter) {
      if (arguments.empty()) refuse_damaged("a parameter is without a tensor");
      return as<PickledTensor>(arguments[0]);
    }
    return tensor_of(arguments);
  }

  // Storage, offset, shape, strides, whether gradients are wanted, hooks; what more there may be
  // says that the numbers are to be negated or conjugated.
  Value tensor_of(const std::vector<Ref>& arguments) const {
    if (arguments.size() < 6 || arguments.size() > 7) refuse_damaged("a tensor lacks its facts");
    if (arguments.size() == 7) {
      const auto* more = std::get_if<Dict>(&values_[arguments[6]]);
      if (more == nullptr || !more->items.empty()) {
        throw Error(ErrorKind::kModel, "holds a tensor that is no plain one");
      }
    }
    const auto& storage = as<Storage>(arguments[0]);
    PickledTensor tensor{.storage = std::string(storage.key),
                         .dtype = storage.dtype,
                         .storage_numbers = storage.numbers,
                         .offset = as<std::int64_t>(arguments[1]),
                         .shape = numbers_of(arguments[2]),
                         .strides = numbers_of(arguments[3])};
    check_bounds(tensor);
    return tensor;
  }

  // 'storage', its type, key, device, numbers in it. Devices do not matter: bytes are bytes.
  Value storage_of(const std::vector<Ref>& id) const {
    if (id.size() != 5 || as<std::string_view>(id[0]) != "storage") {
      refuse_damaged("a tensor has no storage");
    }
    const Storage storage{.dtype = as<StorageType>(id[1]).dtype,
                          .key = as<std::string_view>(id[2]),
                          .numbers = as<std::int64_t>(id[4])};
    if (storage.numbers < 0) refuse_damaged("a storage has less than no numbers");
    return storage;
  }

  [[nodiscard]] std::vector<std::int64_t> numbers_of(Ref ref) const {
    const auto* list = std::get_if<List>(&values_[ref]);
    const std::vector<Ref>& items = list != nullptr ? list->items : as<Tuple>(ref).items;
    if (items.size() > kMaxDims) refuse_damaged("a tensor has too many dimensions");
    std::vector<std::int64_t> numbers;
    for (const Ref item : items) numbers.push_back(as<std::int64_t>(item));
    return numbers;
  }

  bool append(const std::vector<Ref>& items) {
    auto& list = as<List>(top());
    list.items.insert(list.items.end(), items.begin(), items.end());
    return true;
  }
  bool set_items(const std::vector<Ref>& items) {
    auto& dict = as<Dict>(top());
    if (items.size() % 2 != 0) refuse_damaged("a name is without a value");
    for (std::size_t i = 0; i < items.size(); i += 2) {
      dict.items.emplace_back(items[i], items[i + 1]);
    }
    return true;
  }

  bool push(Value value) {
    if (values_.size() >= kMaxValues) refuse_damaged("it has more values than any checkpoint");
    stack_.push_back(static_cast<Ref>(values_.size()));
    values_.push_back(std::move(value));
    return true;
  }
  bool recall(std::uint32_t at) {
    const auto found = memo_.find(at);
    if (found == memo_.end()) refuse_damaged("it refers to what it does not hold");
    stack_.push_back(found->second);
    return true;
  }
  // What lies below a mark belongs to others.
  [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  [[nodiscard]] Ref top() const {
    if (stack_.size() <= floor()) refuse_damaged("a value is missing");
    return stack_.back();
  }
  Ref pop() {
    const Ref ref = top();
    stack_.pop_back();
    return ref;
  }
  std::vector<Ref> pop_many(std::size_t count) {
    if (stack_.size() - floor() < count) refuse_damaged("a value is missing");
    std::vector<Ref> refs(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return refs;
  }
  std::vector<Ref> pop_to_mark() {
    if (marks_.empty()) refuse_damaged("a mark is missing");
    std::vector<Ref> refs = pop_many(stack_.size() - marks_.back());
    marks_.pop_back();
    return refs;
  }

  template <class Kind, class AnyValue>
  static auto& kind_of_value(AnyValue& value) {
    auto* kind = std::get_if<Kind>(&value);
    if (kind == nullptr) refuse_damaged("a value is of another kind than has to stand there");
    return *kind;
  }
  template <class Kind>
  [[nodiscard]] const Kind& as(Ref ref) const {
    return kind_of_value<Kind>(values_[ref]);
  }
  template <class Kind>
  [[nodiscard]] Kind& as(Ref ref) {
    return kind_of_value<Kind>(values_[ref]);
  }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) refuse_damaged("it is cut short");
    const std::string_view part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }
  template <class Number>
  Number number() {
    Number value = 0;
    std::memcpy(&value, take(sizeof(Number)).data(), sizeof(Number));
    return value;
  }
  // Little-endian, two's complement.
  std::int64_t long_number(std::size_t size) {
    const std::string_view bytes = take(size);
    if (size > 8) refuse_damaged("a number in it is too large");
    const bool negative = size > 0 && (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
    std::uint64_t bits = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = size; i-- > 0;) {
      bits = bits << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return static_cast<std::int64_t>(bits);
  }
  std::string_view line() {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) refuse_damaged("it is cut short");
    const std::string_view text = take(end + 1);
    return text.substr(0, end);
  }

  std::string_view rest_;
  std::vector<Value> values_;
  std::vector<Ref> stack_;
  std::vector<std::size_t> marks_;  ///< Sizes that the stack had.
  std::unordered_map<std::uint32_t, Ref> memo_;
};

}  // namespace

std::map<std::string, PickledTensor> read_pickled_tensors(std::string_view pickle) {
  if (pickle.size() > kMaxPickleBytes) refuse_content();
  Unpickler unpickler(pickle);
  const auto* dict = std::get_if<Dict>(&unpickler.value(unpickler.run()));
  if (dict == nullptr || dict->items.empty()) refuse_content();
  std::map<std::string, PickledTensor> tensors;
  for (const auto& [key, value] : dict->items) {
    const auto* name = std::get_if<std::string_view>(&unpickler.value(key));
    const auto* tensor = std::get_if<PickledTensor>(&unpickler.value(value));
    if (name == nullptr || tensor == nullptr) refuse_content();
    if (!tensors.emplace(*name, *tensor).second) {
      refuse_damaged("it names weight " + std::string(*name) + " twice");
    }
  }
  return tensors;
}

}  // namespace rollingdepth
