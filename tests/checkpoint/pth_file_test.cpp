#include "checkpoint/pth_file.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "../data_file.hpp"
#include "../error_matchers.hpp"
#include "../temporary_folder.hpp"
#include "pickle_code.hpp"
#include "zip_bytes.hpp"

namespace rollingdepth {
namespace {

using testing::bytes_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::pickle_of;
using testing::storage_code;
using testing::tensor_code;
using testing::zip_bytes;
using testing::ZipFact;

std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

class PthFile : public ::testing::Test {
 protected:
  std::unique_ptr<TensorFile> open(const std::string& bytes) {
    std::ofstream(file_, std::ios::binary) << bytes;
    return open_pth(file_);
  }
  /// What opening it says behind the file's name, or reading its weight `w`.
  std::string refusal(const std::string& bytes) {
    const std::string text = message_of(ErrorKind::kModel, [&] { (void)open(bytes)->read("w"); });
    EXPECT_TRUE(text.starts_with(file_.string() + ": ")) << text;
    return text.substr(std::min(text.size(), file_.string().size() + 2));
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "network.pth";
  std::vector<ZipFact> entries_ = {
      {.name = "network/data.pkl",
       .bytes = pickle_of({{"w", tensor_code(storage_code(6), 0, {2, 3}, {3, 1})}})},
      {.name = "network/byteorder", .bytes = "little"},
      {.name = "network/data/0", .bytes = floats({0, 1, 2, 3, 4, 5})},
      {.name = "network/version", .bytes = "3\n"}};
};

TEST_F(PthFile, GivesWhatPyTorchHasSaved) {
  const auto file = open_pth(testing::checkout_file("tests/data/checkpoint/saved.pth"));
  std::vector<std::string> names;
  for (const auto& [name, tensor] : file->tensors()) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("half", "none", "number", "parameter", "plain.weight", "shared",
                                 "short.float", "turned"));
  const at::Tensor base = at::arange(24, at::kFloat);
  const std::map<std::string, at::Tensor> expected = {
      {"half", (at::arange(5, at::kFloat) / 4).to(at::kHalf)},
      {"none", at::empty({0, 3})},
      {"number", at::full({}, 7, at::kLong)},
      {"parameter", at::full({1, 1}, 2.5F)},
      {"plain.weight", base.slice(0, 0, 6).view({2, 3})},
      {"shared", base.slice(0, 4, 20)},
      {"short.float", (at::arange(3, at::kFloat) - 1).to(at::kBFloat16)},
      {"turned", base.view({4, 6}).t()}};
  for (const auto& [name, tensor] : expected) {
    const at::Tensor read = file->read(name);
    EXPECT_TRUE(read.equal(tensor)) << name << read;
    EXPECT_TRUE(read.is_contiguous()) << name;
    EXPECT_EQ(read.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_EQ(file->tensors().at(name).dtype, tensor.scalar_type()) << name;
    EXPECT_EQ(c10::IntArrayRef(file->tensors().at(name).shape), tensor.sizes()) << name;
  }
}

TEST_F(PthFile, ReadsArchivesWithAndWithoutZip64) {
  for (const bool zip64 : {true, false}) {
    const auto file = open(zip_bytes(entries_, zip64));
    EXPECT_TRUE(file->read("w").equal(at::arange(6, at::kFloat).view({2, 3})));
    // Again, now without a look at the checksum.
    EXPECT_TRUE(file->read("w").equal(at::arange(6, at::kFloat).view({2, 3})));
  }
}

TEST_F(PthFile, ReadsPartsOfStoragesLargerThanABlock) {
  constexpr std::int64_t kNumbers = 700001;  // Of 4 bytes: two blocks of a MiB, and a part.
  const at::Tensor all = at::arange(kNumbers, at::kFloat);
  const std::string storage = storage_code(kNumbers);
  entries_[0].bytes = pickle_of({{"all", tensor_code(storage, 0, {kNumbers}, {1})},
                                 {"end", tensor_code(storage, 699000, {1001}, {1})},
                                 {"middle", tensor_code(storage, 262000, {3, 500}, {1000, 2})}});
  entries_[2].bytes.assign(static_cast<const char*>(all.const_data_ptr()), all.nbytes());
  const std::string bytes = zip_bytes(entries_);
  for (const std::string first : {"all", "end", "middle"}) {
    const auto file = open(bytes);
    (void)file->read(first);
    EXPECT_TRUE(file->read("all").equal(all));
    EXPECT_TRUE(open(bytes)->read("end").equal(all.slice(0, 699000)));
    EXPECT_TRUE(open(bytes)->read("middle").equal(all.as_strided({3, 500}, {1000, 2}, 262000)));
  }
}

TEST_F(PthFile, TakesThePrefixOfParallelModulesOffOnlyWhereAllHaveIt) {
  const std::string tensor = tensor_code(storage_code(6), 0, {1}, {1});
  entries_[0].bytes = pickle_of({{"module.a", tensor}, {"module.module.b", tensor}});
  auto file = open(zip_bytes(entries_));
  EXPECT_TRUE(file->tensors().contains("a") && file->tensors().contains("module.b"));
  entries_[0].bytes = pickle_of({{"module.a", tensor}, {"b", tensor}});
  file = open(zip_bytes(entries_));
  EXPECT_TRUE(file->tensors().contains("module.a") && file->tensors().contains("b"));
}

TEST_F(PthFile, NamesDamage) {
  std::string bytes = zip_bytes(entries_);
  bytes[bytes.find(floats({4, 5}))] ^= 1;
  EXPECT_EQ(refusal(bytes), "is damaged: network/data/0 does not have its checksum");
  bytes = zip_bytes(entries_);
  bytes[bytes.find("cuda:0")] ^= 1;
  EXPECT_EQ(refusal(bytes), "is damaged: network/data.pkl does not have its checksum");
  entries_[2].bytes = floats({0, 1, 2, 3, std::numeric_limits<float>::infinity(), 5});
  EXPECT_EQ(refusal(zip_bytes(entries_)), "weight w holds infinities or NaN");
  entries_[2].bytes = floats({0, 1, 2, 3, 4});
  EXPECT_THAT(refusal(zip_bytes(entries_)),
              HasSubstr("network/data/0, the numbers of weight w, has "
                        "another size"));
  entries_[2].name = "network/data/1";
  EXPECT_THAT(refusal(zip_bytes(entries_)), HasSubstr("network/data/0, the numbers of weight w, is "
                                                      "missing"));
}

TEST_F(PthFile, NeverReadsWhatIsCutShort) {
  const std::string whole = zip_bytes(entries_);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
  }
  EXPECT_THAT(refusal(whole.substr(0, whole.size() - 1)), HasSubstr("is cut short: "));
}

// Whatever a damaged byte does: the numbers that were saved, or a refusal.
TEST_F(PthFile, ReadsTheNumbersOrNothingWhateverByteIsDamaged) {
  const at::Tensor saved = at::arange(6, at::kFloat).view({2, 3});
  const std::string whole = zip_bytes(entries_);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (at % 2 == 0 ? '\x01' : '\xff'));
    try {
      EXPECT_TRUE(open(bytes)->read("w").equal(saved)) << at;
    } catch (const Error& error) {
      EXPECT_EQ(kind_of(error), ErrorKind::kModel) << describe(error);
    }
  }
}

TEST_F(PthFile, RefusesEntriesOfOtherKinds) {
  entries_[2].method = 8;
  EXPECT_THAT(refusal(zip_bytes(entries_)), HasSubstr("network/data/0 is compressed"));
  entries_[2].method = 0;
  entries_[2].flags = 1;
  EXPECT_THAT(refusal(zip_bytes(entries_)), HasSubstr("network/data/0 is encrypted"));
  entries_[2].flags = 0;
  entries_.push_back(entries_[2]);
  EXPECT_THAT(refusal(zip_bytes(entries_)), HasSubstr("two entries network/data/0"));
  entries_.back().name = "other/data.pkl";
  EXPECT_EQ(refusal(zip_bytes(entries_)), "holds two checkpoints");
  entries_.back().name = "network/constants.pkl";
  EXPECT_EQ(refusal(zip_bytes(entries_)), "is a program for TorchScript, not a checkpoint");
  entries_.pop_back();
  entries_[1].bytes = "big";
  EXPECT_THAT(refusal(zip_bytes(entries_)), HasSubstr("order of bytes"));
  entries_.erase(entries_.begin());
  EXPECT_THAT(refusal(zip_bytes(entries_)), HasSubstr("it holds no data.pkl"));
}

TEST_F(PthFile, RefusesCodeByTheFilesName) {
  entries_[0].bytes = testing::joined({"\x80\x02", testing::global_code("os", "system"), ")R."});
  EXPECT_THAT(refusal(zip_bytes(entries_)), HasSubstr("the code os.system to be run"));
}

TEST_F(PthFile, SaysWhatElseAFileIs) {
  const std::string old(
      "\x80\x02\x8a\x0al\xfc\x9c"
      "F\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.",
      21);
  EXPECT_THAT(refusal(old), HasSubstr("scripts/export_model.py reads it"));
  EXPECT_THAT(refusal(std::string("\x28\0\0\0\0\0\0\0{\"a\":", 13)),
              HasSubstr("is a safetensors file"));
  EXPECT_THAT(refusal("\n <!DOCTYPE html><title>weights"), HasSubstr("is a web page"));
  EXPECT_THAT(refusal("version https://git-lfs.github.com/spec/v1\noid sha256:"),
              HasSubstr("is a pointer of Git LFS"));
  EXPECT_THAT(refusal(""), HasSubstr("is empty"));
  EXPECT_THAT(refusal("network"), HasSubstr("is no checkpoint as torch.save() writes it"));
  std::filesystem::remove(file_);
  EXPECT_THAT(message_of(ErrorKind::kModel, [&] { (void)open_pth(file_); }),
              HasSubstr("No such file"));
  std::filesystem::create_directory(file_);
  EXPECT_THAT(message_of(ErrorKind::kModel, [&] { (void)open_pth(file_); }),
              HasSubstr("is a folder"));
}

}  // namespace
}  // namespace rollingdepth
