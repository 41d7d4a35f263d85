#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "error_matchers.hpp"
#include "own_networks.hpp"
#include "recorded.hpp"

namespace rollingdepth::vda {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::message_of;

// A good package that a test then damages.
class VideoPackage : public testing::OwnNetworks {
 protected:
  VideoPackage() : OwnNetworks(tiny_package()) {}

  void change(const char* key, const nlohmann::json& value) const {
    nlohmann::json changed = document();
    changed[key] = value;
    replace_document(changed);
  }
  [[nodiscard]] ModelInfo info() const { return read_info(open_package(package_)); }
  [[nodiscard]] std::string error() const {
    return message_of(ErrorKind::kModel, [&] {
      Networks(open_package(package_), c10::Device(c10::kCPU), c10::kFloat);
    });
  }
};

TEST_F(VideoPackage, TellsWhatItsNetworksAre) {
  const ModelInfo known = info();
  EXPECT_FALSE(known.metric);
  EXPECT_EQ(known.features, 32);
  EXPECT_EQ(known.level_channels, (std::array<std::int64_t, 2>{32, 64}));
  EXPECT_EQ(known.preferred_res, 126);
  // The last convolutions, as in the original.
  EXPECT_EQ(known.network_dtype("output", c10::kHalf), c10::kFloat);
  EXPECT_EQ(known.network_dtype("output", c10::kBFloat16), c10::kFloat);
  EXPECT_EQ(known.network_dtype("temporal", c10::kHalf), c10::kHalf);
  change("values", "metres");
  EXPECT_TRUE(info().metric);
}

TEST_F(VideoPackage, NamesWhatIsWrongWithItsDescription) {
  change("values", "feet");
  EXPECT_THAT(error(), HasSubstr("'values' is 'feet'"));
  change("values", "metres");
  change("window_frames", 16);
  EXPECT_THAT(error(), HasSubstr("'window_frames' must be 32"));
  change("window_frames", 32);
  change("features", 33);
  EXPECT_THAT(error(), HasSubstr("'features' must be a multiple of 32"));
  change("features", 32);
  change("level_channels", {32});
  EXPECT_THAT(error(), HasSubstr("'level_channels' must be two numbers"));
  change("level_channels", {32, -64});
  EXPECT_THAT(error(), HasSubstr("'level_channels' must be a multiple"));
}

TEST_F(VideoPackage, NamesAMissingAndADamagedNetwork) {
  std::fstream file(package_ / "decoder.ts", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(2000);
  file.put('x');
  file.close();
  EXPECT_THAT(error(), HasSubstr("'decoder.ts' is damaged"));
  fs::remove(package_ / "temporal.ts");
  EXPECT_THAT(error(), HasSubstr("'temporal.ts' is missing"));
}

TEST_F(VideoPackage, RefusesANetworkOfAnotherSignature) {
  replace("temporal.ts", "def forward(self, x: Tensor, h: int, w: int) -> Tensor:\n  return x\n");
  EXPECT_THAT(error(), HasSubstr("'temporal.ts' has another signature than "
                                 "forward(Tensor, Tensor, int, int, int) -> Tensor"));
}

// What is loaded first in a process and what later: the same bits, or a job that goes on in another
// process would not end with them.
TEST_F(VideoPackage, GivesTheSameHoweverOftenItIsLoaded) {
  const FrameNumbers numbers(info(), {28, 14});
  at::manual_seed(1);
  const at::Tensor levels = at::randn({3, numbers.levels()});
  std::vector<at::Tensor> outputs;
  for (int load = 0; load < 2; ++load) {
    Networks networks(open_package(package_), c10::Device(c10::kCPU), c10::kFloat);
    outputs.push_back(
        networks.attend(levels, levels.new_empty({0, numbers.state()}), numbers, false).paths);
  }
  EXPECT_TRUE(at::equal(outputs[0], outputs[1]));
}

// Features of another size than model.json says.
TEST_F(VideoPackage, NamesANetworkThatGivesSomethingElse) {
  change("features", 64);
  Networks networks(open_package(package_), c10::Device(c10::kCPU), c10::kFloat);
  EXPECT_THAT(message_of(ErrorKind::kModel,
                         [&] {
                           networks.encode(at::zeros({1, 3, 28, 28}));
                         }),
              HasSubstr("the encoder"));
}

}  // namespace
}  // namespace rollingdepth::vda
