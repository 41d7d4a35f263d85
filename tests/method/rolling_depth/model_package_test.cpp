#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "method/rolling_depth/model.hpp"
#include "own_networks.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// A good package that a test then damages.
class ModelPackage : public testing::OwnNetworks {
 protected:
  std::string error() const {
    try {
      load_model(package_, c10::Device(c10::kCPU), c10::kFloat);
    } catch (const Error& failure) {
      EXPECT_EQ(kind_of(failure), ErrorKind::kModel);
      return describe(failure);
    }
    return "";
  }
};

TEST_F(ModelPackage, LoadsWhole) {
  const auto model = load_model(package_, c10::Device(c10::kCPU), c10::kFloat);
  EXPECT_EQ(model->info().latent_channels, 4);
  EXPECT_DOUBLE_EQ(model->info().rgb_latent_scale, 0.18215);
  EXPECT_EQ(model->info().scheduler.prediction_type, "epsilon");
  EXPECT_EQ(model->info().hash.size(), 64U);
  EXPECT_FALSE(model->info().preferred_res.has_value());
}

TEST_F(ModelPackage, ReadsThePreferredResolution) {
  auto changed = document();
  changed["preferred_res"] = 384;
  replace_document(changed);
  EXPECT_EQ(read_model_info(package_).preferred_res, 384);
  changed["preferred_res"] = 1e300;
  replace_document(changed);
  EXPECT_THAT(error(), HasSubstr("'preferred_res' has the wrong type"));
}

TEST_F(ModelPackage, ReadsWhichNetworksStayInFloat32) {
  EXPECT_THAT(read_model_info(package_).float32_in, IsEmpty());
  auto changed = document();
  changed["float32_networks"] = {"encoder", "decoder"};
  changed["float32_in"] = {{"decoder", {"fp16"}}};
  replace_document(changed);
  const ModelInfo info = read_model_info(package_);
  EXPECT_THAT(info.float32_in, ElementsAre(Pair("decoder", ElementsAre(c10::kHalf, c10::kBFloat16)),
                                           Pair("encoder", ElementsAre(c10::kBFloat16))));
  EXPECT_EQ(info.network_dtype("decoder", c10::kHalf), c10::kFloat);
  EXPECT_EQ(info.network_dtype("encoder", c10::kHalf), c10::kHalf);
  EXPECT_EQ(info.network_dtype("unet", c10::kBFloat16), c10::kBFloat16);
  EXPECT_EQ(info.widest_dtype(c10::kHalf), c10::kFloat);
}

TEST_F(ModelPackage, RefusesToKeepInFloat32WhatItDoesNotKnow) {
  const auto refused = [&](const char* key, const nlohmann::json& value, const char* words) {
    auto changed = document();
    changed[key] = value;
    replace_document(changed);
    EXPECT_THAT(error(), HasSubstr(words)) << value;
    changed.erase(key);
    replace_document(changed);
  };
  refused("float32_networks", {"encode"}, "'float32_networks' names 'encode', which is no network");
  refused("float32_networks", "encoder", "'float32_networks' has the wrong type");
  refused("float32_in", {{"vae", {"fp16"}}}, "'float32_in' names 'vae', which is no network");
  refused("float32_in", {{"decoder", {"fp32"}}},
          "names 'fp32', which is neither 'bf16' nor 'fp16'");
  refused("float32_in", {{"decoder", "fp16"}}, "'float32_in' has the wrong type");
  refused("float32_in", {"decoder"}, "'float32_in' has the wrong type");
  refused("float32_in", nullptr, "'float32_in' has the wrong type");
}

TEST_F(ModelPackage, NamesAMissingFolder) {
  fs::remove_all(package_);
  EXPECT_THAT(error(), AllOf(HasSubstr(package_.string()), HasSubstr("no such folder")));
}

TEST_F(ModelPackage, NamesAMissingNetwork) {
  fs::remove(package_ / "unet.ts");
  EXPECT_THAT(error(), HasSubstr("'unet.ts' is missing"));
}

TEST_F(ModelPackage, NoticesOneFlippedBit) {
  std::fstream file(package_ / "decoder.ts", std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(1000);
  const char byte = static_cast<char>(file.get());
  file.seekp(1000);
  file.put(static_cast<char>(byte ^ 4));
  file.close();
  EXPECT_THAT(error(), HasSubstr("'decoder.ts' is damaged"));
}

TEST_F(ModelPackage, NoticesATruncatedFile) {
  fs::resize_file(package_ / "encoder.ts", 1000);
  EXPECT_THAT(error(), HasSubstr("'encoder.ts' has 1000 bytes"));
}

TEST_F(ModelPackage, RefusesANewerFormat) {
  auto changed = document();
  changed["format_version"] = 2;
  replace_document(changed);
  EXPECT_THAT(error(), AllOf(HasSubstr("format version 2"), HasSubstr("newer release")));
}

TEST_F(ModelPackage, RefusesAnotherBackend) {
  auto changed = document();
  changed["backend"] = "onnx";
  replace_document(changed);
  EXPECT_THAT(error(), HasSubstr("backend 'onnx'"));
}

TEST_F(ModelPackage, NamesAMissingField) {
  auto changed = document();
  changed["scheduler"].erase("beta_start");
  replace_document(changed);
  EXPECT_THAT(error(), HasSubstr("lacks 'beta_start'"));
}

TEST_F(ModelPackage, NamesAFieldOfTheWrongType) {
  auto changed = document();
  changed["latent_channels"] = "four";
  replace_document(changed);
  EXPECT_THAT(error(), HasSubstr("'latent_channels' has the wrong type"));
}

TEST_F(ModelPackage, RefusesTextThatIsNotJson) {
  std::ofstream(package_ / "model.json") << "{ not json";
  EXPECT_THAT(error(), HasSubstr("model.json: it is not valid JSON"));
}

// Under keys that are read, which copies what stands there.
TEST_F(ModelPackage, RefusesJsonOfTooManyLevels) {
  for (const char* key : {"scheduler", "files", "latent_scale", "preferred_res", "unknown"}) {
    auto changed = document();
    changed[key] = "HERE";
    std::string text = changed.dump();
    text.replace(text.find("\"HERE\""), 6, std::string(300'000, '[') + std::string(300'000, ']'));
    std::ofstream(package_ / "model.json") << text;
    EXPECT_THAT(error(), HasSubstr("model.json: its JSON is nested too deeply")) << key;
    fs::remove_all(package_);
    fs::copy(testing::reference_package("b"), package_);
  }
}

TEST_F(ModelPackage, RefusesSizesThatNothingHas) {
  const auto refused = [&](const char* key, const nlohmann::json& value) {
    auto changed = document();
    const nlohmann::json before = changed[key];
    changed[key] = value;
    replace_document(changed);
    EXPECT_THAT(error(), HasSubstr(std::string("'") + key + "' must be 1 to ")) << value;
    changed[key] = before;
    replace_document(changed);
  };
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40}) {
    refused("latent_channels", value);
    refused("downscale", value);
    refused("snippet_lengths", {1, value});
  }
}

// The encoder takes one tensor; in the place of the UNet it must not get as far as a frame.
TEST_F(ModelPackage, RefusesANetworkWithAnotherSignature) {
  fs::copy_file(package_ / "encoder.ts", package_ / "unet.ts",
                fs::copy_options::overwrite_existing);
  auto changed = document();
  changed["files"]["unet.ts"] = changed["files"]["encoder.ts"];
  replace_document(changed);
  EXPECT_THAT(error(), HasSubstr("another signature than forward(Tensor, int, int)"));
}

TEST_F(ModelPackage, PointsFromACheckpointToTheImport) {
  fs::remove(package_ / "model.json");
  std::ofstream(package_ / "model_index.json") << "{}";
  EXPECT_THAT(error(), HasSubstr("`rollingdepth import`"));
}

TEST_F(ModelPackage, ConvertsToBfloat16) {
  const auto model = load_model(package_, c10::Device(c10::kCPU), c10::kBFloat16);
  const at::Tensor rgb = at::zeros({1, 3, 16, 24}, at::kBFloat16);
  EXPECT_EQ(model->encode(rgb).scalar_type(), at::kBFloat16);
}

}  // namespace
}  // namespace rollingdepth
