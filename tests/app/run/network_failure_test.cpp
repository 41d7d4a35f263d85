// A run whose networks fail: what a user is told.
#include <gmock/gmock.h>

#include "app/program.hpp"
#include "own_networks.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class RunOfFailingNetwork : public testing::OwnNetworks {
 protected:
  RunOfFailingNetwork() { std::filesystem::copy(testing::case_clip("fast"), folder_ / "clip.mp4"); }
  /// The errors of a run, which fails.
  std::vector<std::string> errors() {
    const testing::ProgramResult result = testing::run_program(
        folder_.path(),
        testing::small_run({"-i", "clip.mp4", "--checkpoint", package_.string(), "--max-vae-bs",
                            "4", "--cmap", "", "--save-sbs", "false"}));
    EXPECT_EQ(result.exit_code, 1) << result.err;
    std::vector<std::string> lines;
    for (const std::string& line : testing::lines_of(result.err)) {
      if (line.starts_with("rollingdepth: error: ")) lines.push_back(line);
    }
    return lines;
  }
};

TEST_F(RunOfFailingNetwork, NamesNetworkDeviceFramesAndCause) {
  replace("decoder.ts", R"(
      def forward(self, x):
        assert x.size(0) < 0, "the moon is full"
        return x
    )");
  EXPECT_THAT(errors(),
              ElementsAre("rollingdepth: error: clip.mp4: the decoder failed on cpu with "
                          "4 frames of 64x48: RuntimeError: AssertionError: the moon is full"));
}

TEST_F(RunOfFailingNetwork, NamesTheShapeThatItReturned) {
  replace("encoder.ts", R"(
      def forward(self, x):
        return x
    )");
  EXPECT_THAT(errors(), ElementsAre(EndsWith("the encoder failed on cpu with 4 frames of 64x48: it "
                                             "returned a tensor of shape [4, 3, 48, 64] where "
                                             "[4, 4, 6, 8] was expected")));
}

TEST_F(RunOfFailingNetwork, NamesTheFileThatItCouldNotPrepare) {
  replace("decoder.ts", R"(
      def forward(self, x):
        return x
      def prepare(self):
        assert False, "the moon is new"
    )");
  EXPECT_THAT(errors(), ElementsAre(EndsWith("decoder.ts': its method 'prepare' failed on cpu: "
                                             "RuntimeError: AssertionError: the moon is new")));
}

}  // namespace
}  // namespace rollingdepth
