#include "checkpoint/safetensors.hpp"

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

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}
std::string file_of(const std::string& header, const std::string& data) {
  return testing::bytes_of<std::uint64_t>(header.size()) + header + data;
}

const std::string kHeader =
    R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})";
const std::string kData = floats({0, 1, 2, 3, 4, 5});

class Safetensors : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  [[nodiscard]] std::unique_ptr<TensorFile> open() const {
    return open_safetensors(folder_.path(), "model");
  }
  /// What opening a file, or reading all that it holds, says behind its name.
  std::string refusal(const std::string& bytes) const {
    write("model.safetensors", bytes);
    const std::string text = this->message();
    const std::string name = (folder_ / "model.safetensors").string() + ": ";
    EXPECT_TRUE(text.starts_with(name)) << text;
    return text.substr(std::min(text.size(), name.size()));
  }
  [[nodiscard]] std::string message() const {
    return message_of(ErrorKind::kModel, [&] {
      const auto file = open();
      for (const auto& [name, tensor] : file->tensors()) (void)file->read(name);
    });
  }
  /// The refusal of a header in front of 24 bytes.
  std::string header_refusal(const std::string& header) const {
    return refusal(file_of(header, kData));
  }

  testing::TemporaryFolder folder_;
};

TEST_F(Safetensors, GivesTensorsOfManyKinds) {
  write("model.safetensors",
        file_of(R"({"b":{"dtype":"BF16","shape":[2],"data_offsets":[28,32]},)"
                R"("w":{"data_offsets":[0,24],"shape":[2,3],"dtype":"F32"},)"
                R"("one":{"dtype":"I32","shape":[],"data_offsets":[24,28]},)"
                R"("none":{"dtype":"F16","shape":[0,4],"data_offsets":[28,28]}}   )",
                kData + testing::bytes_of<std::int32_t>(-3) + std::string("\x80\x3f\0\xc0", 4)));
  const auto file = open();
  EXPECT_EQ(file->tensors().size(), 4U);
  EXPECT_TRUE(file->read("w").equal(at::arange(6, at::kFloat).view({2, 3})));
  EXPECT_EQ(file->read("one").item<int>(), -3);
  EXPECT_TRUE(file->read("b").equal(at::tensor({1.0F, -2.0F}).to(at::kBFloat16)));
  EXPECT_THAT(file->read("none").sizes(), ElementsAre(0, 4));
  EXPECT_EQ(file->tensors().at("none").dtype, at::kHalf);
}

TEST_F(Safetensors, ReadsTheRecordedCheckpoints) {
  const auto file =
      open_safetensors(testing::data_file("checkpoints/a/vae"), "diffusion_pytorch_model");
  ASSERT_GT(file->tensors().size(), 50U);
  for (const auto& [name, tensor] : file->tensors()) {
    const at::Tensor values = file->read(name);
    EXPECT_EQ(values.sizes(), c10::IntArrayRef(tensor.shape)) << name;
    EXPECT_TRUE(at::isfinite(values).all().item<bool>()) << name;
  }
  EXPECT_GT(file->read("decoder.conv_in.weight").abs().max().item<float>(), 0);
}

TEST_F(Safetensors, TakesOneFileThenAnIndexThenHalfPrecision) {
  const auto holding = [](const std::string& name) {
    return file_of(R"({")" + name + R"(":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}})",
                   kData);
  };
  EXPECT_EQ(message(), folder_.path().string() +
                           ": neither model.safetensors nor model.safetensors.index.json is there");
  write("model.bin", "");
  EXPECT_THAT(message(), HasSubstr("convert them to safetensors"));
  write("model.fp16-1.safetensors", holding("fp16 part"));
  write("model.safetensors.index.fp16.json",
        R"({"weight_map":{"fp16 part":"model.fp16-1.safetensors"}})");
  EXPECT_TRUE(open()->tensors().contains("fp16 part"));
  write("model.fp16.safetensors", holding("fp16"));
  EXPECT_TRUE(open()->tensors().contains("fp16"));
  write("1.safetensors", holding("a"));
  write("2.safetensors", holding("b"));
  write("model.safetensors.index.json",
        R"({"metadata":{},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
  const auto file = open();
  EXPECT_EQ(file->tensors().size(), 2U);
  EXPECT_TRUE(file->read("b").equal(at::arange(6, at::kFloat)));
  write("model.safetensors", holding("single"));
  EXPECT_TRUE(open()->tensors().contains("single"));
}

TEST_F(Safetensors, HoldsIndicesAgainstTheirFiles) {
  write("1.safetensors", file_of(kHeader, kData));
  write("2.safetensors", file_of(kHeader, kData));
  const auto with_index = [&](const std::string& json) {
    write("model.safetensors.index.json", json);
    return message();
  };
  EXPECT_THAT(with_index(R"({"weight_map":{"w":"1.safetensors","v":"1.safetensors"}})"),
              HasSubstr("names weights that no file holds: v"));
  EXPECT_THAT(with_index(R"({"weight_map":{"w":"1.safetensors","v":"2.safetensors"}})"),
              HasSubstr("2.safetensors: weight w is in another file of the same network too"));
  EXPECT_THAT(with_index(R"({"weight_map":{"w":"3.safetensors"}})"),
              HasSubstr("3.safetensors: No such file"));
  for (const std::string name :
       {R"("../1.safetensors")", R"("/1.safetensors")", R"("..")", R"("")", "7", R"("a\u0000b")"}) {
    EXPECT_THAT(with_index(R"({"weight_map":{"w":)" + name + "}}"),
                HasSubstr("is not the name of a file beside it"));
  }
  for (const std::string json : {"", "[]", "{}", R"({"weight_map":[]})"}) {
    EXPECT_THAT(with_index(json), HasSubstr("not an index of safetensors files"));
  }
  EXPECT_THAT(with_index(R"({"weight_map":{}})"), HasSubstr("names no weights"));
}

TEST_F(Safetensors, HoldsHeadersAgainstTheirBytes) {
  const auto entry = [](const std::string& fields) { return R"({"w":{)" + fields + "}}"; };
  EXPECT_THAT(header_refusal("{\"w\":"), HasSubstr("not valid JSON"));
  EXPECT_THAT(header_refusal("{\"w\":[]}"), HasSubstr("its header's w is no object"));
  EXPECT_THAT(header_refusal("{\"w\":{}}"), HasSubstr("lacks dtype of w"));
  EXPECT_THAT(header_refusal(entry(R"("dtype":"F4","shape":[2,3],"data_offsets":[0,24])")),
              HasSubstr("weight w is stored as F4"));
  for (const std::string fields :
       {R"("dtype":"F32","shape":[2,4],"data_offsets":[0,24])",
        R"("dtype":"F32","shape":[2,3],"data_offsets":[24,0])",
        R"("dtype":"F32","shape":[2305843009213693952,2,4],"data_offsets":[0,24])",
        R"("dtype":"F32","shape":[4611686018427387910],"data_offsets":[0,24])",
        R"("dtype":"F64","shape":[2,3],"data_offsets":[0,24])"}) {
    EXPECT_THAT(header_refusal(entry(fields)), HasSubstr("do not fit its shape and dtype"));
  }
  for (const std::string fields :
       {R"("dtype":"F32","shape":[-2,3],"data_offsets":[0,24])",
        R"("dtype":"F32","shape":[2.5],"data_offsets":[0,24])",
        R"("dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,24])",
        R"("dtype":"F32","shape":[[2]],"data_offsets":[0,24])",
        R"("dtype":"F32","shape":{"a":2},"data_offsets":[0,24])",
        R"("dtype":7,"shape":[2,3],"data_offsets":[0,24])",
        R"("dtype":"F32","shape":[2,3],"data_offsets":"0,24")",
        R"("dtype":"F32","shape":[2,3],"data_offsets":[0,24],"more":null)"}) {
    EXPECT_THAT(header_refusal(entry(fields)), HasSubstr("is not what can stand there"));
  }
  EXPECT_THAT(header_refusal(entry(R"("dtype":"F32","shape":[2,3],"data_offsets":[0,24,48])")),
              HasSubstr("are not two"));
  EXPECT_THAT(
      header_refusal(entry(R"("dtype":"F32","shape":[2],"shape":[6],"data_offsets":[0,24])")),
      HasSubstr("names shape of w twice"));
  EXPECT_THAT(header_refusal(R"({"__metadata__":{"a":7}})"), HasSubstr("not what can stand there"));
}

TEST_F(Safetensors, AsksForBytesWithoutHolesOrOverlaps) {
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"v":{"dtype":"F32","shape":[3],"data_offsets":)" + first +
           R"(},"w":{"dtype":"F32","shape":[3],"data_offsets":)" + second + "}}";
  };
  EXPECT_THAT(header_refusal(two("[0,12]", "[8,20]")), HasSubstr("weight w do not begin where"));
  EXPECT_THAT(header_refusal(two("[0,12]", "[0,12]")), HasSubstr("weight w do not begin where"));
  EXPECT_THAT(header_refusal(two("[16,28]", "[0,12]")), HasSubstr("weight v do not begin where"));
  EXPECT_THAT(header_refusal(R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},)"
                             R"("w":{"dtype":"F32","shape":[3],"data_offsets":[12,24]}})"),
              HasSubstr("its header names w twice"));
  EXPECT_EQ(refusal(file_of(kHeader, kData + "more")), "is longer than its weights by 4 bytes");
  EXPECT_EQ(refusal(file_of(kHeader, kData.substr(1))),
            "is cut short: 24 bytes of weights are announced and 23 are there");
  EXPECT_THAT(header_refusal("{}"), HasSubstr("is longer than its weights"));
}

TEST_F(Safetensors, NamesValuesThatAreNotFinite) {
  for (const float value :
       {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
        std::numeric_limits<float>::quiet_NaN()}) {
    EXPECT_EQ(refusal(file_of(kHeader, floats({0, 1, 2, 3, 4, value}))),
              "weight w holds infinities or NaN");
  }
  // The largest numbers that are finite, and the same bits where they are no numbers.
  const auto narrow = [](const std::string& dtype) {
    return R"({"w":{"dtype":")" + dtype + R"(","shape":[2],"data_offsets":[0,4]}})";
  };
  EXPECT_EQ(refusal(file_of(narrow("F16"), std::string("\xff\x7b\0\xfc", 4))),
            "weight w holds infinities or NaN");
  EXPECT_EQ(refusal(file_of(narrow("BF16"), std::string("\x7f\x7f\x80\x7f", 4))),
            "weight w holds infinities or NaN");
  write("model.safetensors", file_of(narrow("F16"), std::string("\xff\x7b\xff\xfb", 4)));
  EXPECT_EQ(open()->read("w")[0].item<float>(), 65504);
}

TEST_F(Safetensors, NeverReadsWhatIsCutShort) {
  const std::string whole = file_of(kHeader, kData);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
  }
}

TEST_F(Safetensors, SaysWhatElseAFileIs) {
  EXPECT_THAT(refusal("<!doctype HTML><html>"), HasSubstr("is a web page"));
  EXPECT_THAT(refusal("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("Git LFS"));
  EXPECT_THAT(refusal("no"), HasSubstr("is no safetensors file"));
  EXPECT_THAT(refusal(std::string(8, '\xff') + "{}"), HasSubstr("is no safetensors file"));
  EXPECT_THAT(refusal(testing::joined({"\xff\xff", std::string(6, '\0'), kHeader})),
              HasSubstr("is cut short: its header alone has 65535 bytes"));
}

}  // namespace
}  // namespace rollingdepth
