#include "checkpoint/safetensors_header.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "checkpoint/foreign_bytes.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::array<std::pair<std::string_view, at::ScalarType>, 15> kDtypes = {{
    {"F64", at::kDouble},
    {"F32", at::kFloat},
    {"F16", at::kHalf},
    {"BF16", at::kBFloat16},
    {"F8_E4M3", at::kFloat8_e4m3fn},
    {"F8_E5M2", at::kFloat8_e5m2},
    {"I64", at::kLong},
    {"I32", at::kInt},
    {"I16", at::kShort},
    {"I8", at::kChar},
    {"U64", at::kUInt64},
    {"U32", at::kUInt32},
    {"U16", at::kUInt16},
    {"U8", at::kByte},
    {"BOOL", at::kBool},
}};
constexpr const char* kMetadata = "__metadata__";

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::kModel, why); }

at::ScalarType dtype_called(const std::string& weight, const std::string& name) {
  for (const auto& [known, dtype] : kDtypes) {
    if (known == name) return dtype;
  }
  refuse("weight " + weight + " is stored as " + name + ", a kind that is not known here");
}

/// Takes the header as the parser goes through it: what a header may hold is so little that no tree
/// of it is needed, which would take many times its memory.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::map<std::string, SafetensorsEntry> entries;

  bool start_object(std::size_t) override {
    if (level_ >= kEntry) refuse_value();
    ++level_;
    fields_.clear();
    entry_ = {};
    dtype_.clear();
    return true;
  }
  bool key(string_t& name) override {
    if (level_ == kFile) {
      name_ = name;
      if (name_ == kMetadata ? std::exchange(has_metadata_, true) : entries.contains(name_)) {
        refuse("its header names " + name_ + " twice");
      }
      return true;
    }
    field_ = name;
    if (!fields_.insert(name).second) {
      refuse("its header names " + field_ + " of " + name_ + " twice");
    }
    return true;
  }
  bool end_object() override {
    --level_;
    if (level_ == kFile && name_ != kMetadata) keep_entry();
    return true;
  }
  bool start_array(std::size_t) override {
    if (level_ != kEntry || name_ == kMetadata) refuse_value();
    if (field_ != "shape" && field_ != "data_offsets") refuse_value();
    level_ = kList;
    return true;
  }
  bool end_array() override {
    level_ = kEntry;
    return true;
  }
  bool string(string_t& text) override {
    if (level_ != kEntry) refuse_value();
    if (name_ == kMetadata) return true;
    if (field_ != "dtype") refuse_value();
    dtype_ = text;
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (level_ != kList || !std::in_range<std::int64_t>(value)) refuse_value();
    (field_ == "shape" ? entry_.tensor.shape : offsets_)
        .push_back(static_cast<std::int64_t>(value));
    return true;
  }
  bool null() override { refuse_value(); }
  bool boolean(bool) override { refuse_value(); }
  bool number_integer(number_integer_t) override { refuse_value(); }
  bool number_float(number_float_t, const string_t&) override { refuse_value(); }
  bool binary(binary_t&) override { refuse_value(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    refuse("its header is not valid JSON");
  }

 private:
  enum Level { kNothing, kFile, kEntry, kList };

  [[noreturn]] void refuse_value() const {
    if (level_ == kNothing) refuse("its header is no JSON object");
    if (level_ == kFile) refuse("its header's " + name_ + " is no object");
    refuse("its header's " + field_ + " of " + name_ + " is not what can stand there");
  }

  void keep_entry() {
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
      if (!fields_.contains(field)) {
        refuse("its header lacks " + std::string(field) + " of " + name_);
      }
    }
    entry_.tensor.dtype = dtype_called(name_, dtype_);
    if (offsets_.size() != 2) refuse("its header's data_offsets of " + name_ + " are not two");
    entry_.begin = offsets_[0];
    entry_.end = offsets_[1];
    offsets_.clear();
    const auto numbers = numbers_in(entry_.tensor.shape);
    const auto wide = static_cast<std::int64_t>(c10::elementSize(entry_.tensor.dtype));
    std::int64_t bytes = 0;
    if (!numbers || __builtin_mul_overflow(*numbers, wide, &bytes) || entry_.end < entry_.begin ||
        entry_.end - entry_.begin != bytes) {
      refuse("the bytes of weight " + name_ + " do not fit its shape and dtype");
    }
    entries.emplace(name_, std::move(entry_));
  }

  int level_ = kNothing;
  bool has_metadata_ = false;
  std::string name_;              ///< Of the entry.
  std::string field_;             ///< Of that, or a key of the metadata.
  std::set<std::string> fields_;  ///< Those seen.
  std::string dtype_;
  std::vector<std::int64_t> offsets_;
  SafetensorsEntry entry_;
};

void check_cover(const std::map<std::string, SafetensorsEntry>& entries, std::int64_t data_bytes) {
  using Named = std::pair<const std::string, SafetensorsEntry>;
  std::vector<const Named*> in_order;
  for (const Named& entry : entries) in_order.push_back(&entry);
  std::sort(in_order.begin(), in_order.end(), [](const Named* a, const Named* b) {
    return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
  });
  std::int64_t at = 0;
  for (const Named* entry : in_order) {
    if (entry->second.begin != at) {
      refuse("the bytes of weight " + entry->first + " do not begin where those before it end");
    }
    at = entry->second.end;
  }
  if (at > data_bytes) {
    refuse("is cut short: " + std::to_string(at) + " bytes of weights are announced and " +
           std::to_string(data_bytes) + " are there");
  }
  if (at < data_bytes) {
    refuse("is longer than its weights by " + std::to_string(data_bytes - at) + " bytes");
  }
}

}  // namespace

std::map<std::string, SafetensorsEntry> read_safetensors_header(std::string_view json,
                                                                std::int64_t data_bytes) {
  HeaderReader reader;
  nlohmann::json::sax_parse(json, &reader);
  check_cover(reader.entries, data_bytes);
  return std::move(reader.entries);
}

}  // namespace rollingdepth
