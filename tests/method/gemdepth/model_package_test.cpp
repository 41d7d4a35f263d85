#include <gmock/gmock.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "error_matchers.hpp"
#include "own_networks.hpp"
#include "recorded.hpp"

namespace rollingdepth::gemdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::message_of;

// A good package that a test then damages.
class GemPackage : public testing::OwnNetworks {
 protected:
  GemPackage() : OwnNetworks(tiny_package()) {}

  void change(const char* key, const nlohmann::json& value) const {
    nlohmann::json changed = document();
    changed[key] = value;
    replace_document(changed);
  }
  [[nodiscard]] ModelInfo info() const { return read_info(open_package(package_)); }
  Networks networks(bool pose = true) const {
    return {open_package(package_), c10::Device(c10::kCPU), c10::kFloat, pose};
  }
  [[nodiscard]] std::string error(bool pose = true) const {
    return message_of(ErrorKind::kModel, [&] { networks(pose); });
  }
  void damage(const char* file) const {
    std::fstream stream(package_ / file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(2000);
    stream.put('x').put('y').put('z');
  }
};

TEST_F(GemPackage, TellsWhatItsNetworksAre) {
  const ModelInfo known = info();
  EXPECT_FALSE(known.metric);
  EXPECT_EQ(known.embed, 48);
  EXPECT_EQ(known.features, 32);
  EXPECT_EQ(known.level_channels, (std::array<std::int64_t, 2>{32, 64}));
  for (const c10::ScalarType dtype : {c10::kHalf, c10::kBFloat16}) {
    EXPECT_EQ(known.network_dtype("camera", dtype), c10::kFloat);
    EXPECT_EQ(known.network_dtype("astt", dtype), dtype);
  }
  // The whole head, as in the original.
  for (const char* name : {"levels", "level4", "temporal", "decoder", "output"}) {
    EXPECT_EQ(known.network_dtype(name, c10::kHalf), c10::kFloat) << name;
  }
}

TEST_F(GemPackage, NamesWhatIsWrongWithItsDescription) {
  change("values", "metres");
  EXPECT_THAT(error(), HasSubstr("'metres', which GemDepth does not give"));
  change("values", "relative inverse depth");
  change("embed", 0);
  EXPECT_THAT(error(), HasSubstr("'embed' must be 1 to 8192, not 0"));
  change("embed", 48);
  change("features", 33);
  EXPECT_THAT(error(), HasSubstr("'features' must be a multiple of 32"));
}

TEST_F(GemPackage, NamesAMissingAndADamagedNetwork) {
  damage("astt.ts");
  EXPECT_THAT(error(), HasSubstr("'astt.ts' is damaged"));
  fs::remove(package_ / "levels.ts");
  EXPECT_THAT(error(), HasSubstr("'levels.ts' is missing"));
}

TEST_F(GemPackage, LeavesWhatFindsPosesAloneWithoutThem) {
  for (const char* file : {"frame_block.ts", "global_block.ts", "camera.ts"}) damage(file);
  EXPECT_THAT(error(), HasSubstr("is damaged"));
  EXPECT_NO_THROW(networks(/*pose=*/false));
}

TEST_F(GemPackage, RefusesANetworkOfAnotherSignature) {
  replace("astt.ts", "def forward(self, x: Tensor, h: int, w: int) -> Tensor:\n  return x\n");
  EXPECT_THAT(error(), HasSubstr("'astt.ts' has another signature than "
                                 "forward(Tensor, int, int, int) -> Tensor"));
}

// Cells of another width than model.json says.
TEST_F(GemPackage, NamesANetworkThatGivesSomethingElse) {
  change("embed", 32);
  Networks loaded = networks();
  EXPECT_THAT(message_of(ErrorKind::kModel,
                         [&] {
                           loaded.parts_of(at::zeros({1, 3, 28, 28}), 0);
                         }),
              HasSubstr("the encoder"));
}

// Only the special tokens of the clip's first frame are others, and what attention makes of them.
TEST_F(GemPackage, GivesTheFirstFrameTokensOfItsOwn) {
  Networks loaded = networks();
  at::manual_seed(1);
  const at::Tensor frames = at::randn({3, 3, 28, 28});
  const FrameParts first = loaded.parts_of(frames, 0), later = loaded.parts_of(frames, 3);
  ASSERT_EQ(first.size(), 4U);
  for (std::size_t part = 0; part < 3; ++part) EXPECT_TRUE(at::equal(first[part], later[part]));
  EXPECT_FALSE(at::allclose(first[3][0], later[3][0]));
  EXPECT_TRUE(at::allclose(first[3].slice(0, 1), later[3].slice(0, 1), 1e-5, 1e-6));
  EXPECT_EQ(networks(/*pose=*/false).parts_of(frames, 0).size(), 3U);
}

// What is loaded first in a process and what later: the same bits, or a job that goes on in another
// process would not end with them.
TEST_F(GemPackage, GivesTheSameHoweverOftenItIsLoaded) {
  at::manual_seed(1);
  const at::Tensor frames = at::randn({8, 3, 28, 14});
  std::vector<at::Tensor> outputs;
  for (int load = 0; load < 2; ++load) {
    Networks loaded = networks();
    std::vector<FrameParts> parts;
    const FrameParts batch = loaded.parts_of(frames, 0);
    for (std::int64_t i = 0; i < 8; ++i) {
      parts.emplace_back();
      for (const at::Tensor& part : batch) parts.back().push_back(part[i]);
    }
    const WindowResult result = loaded.window(parts, {14, 28});
    outputs.push_back(at::cat({result.paths.flatten(), result.poses.flatten()}));
  }
  EXPECT_TRUE(at::equal(outputs[0], outputs[1]));
}

}  // namespace
}  // namespace rollingdepth::gemdepth
