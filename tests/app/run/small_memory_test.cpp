// A run whose networks need more memory than there is.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "own_networks.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RunInSmallMemory : public testing::OwnNetworks {
 protected:
  // A decoder that holds two frames a call; depth is the first latent channel.
  RunInSmallMemory() {
    replace("decoder.ts", R"(
      def forward(self, x):
        assert x.size(0) <= 2, "CUDA out of memory"
        return x[:, 0:1].repeat_interleave(8, 2).repeat_interleave(8, 3)
    )");
  }

  testing::ProgramResult run(const std::string& output, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"-i",           testing::case_clip("fast"),
                                      "-o",           output,
                                      "--checkpoint", package_.string(),
                                      "--cmap",       "",
                                      "--save-sbs",   "false"};
    words.insert(words.end(), more.begin(), more.end());
    return testing::run_program(folder_.path(), testing::small_run(words));
  }
};

TEST_F(RunInSmallMemory, GoesOnWithFewerFramesAndSaysSo) {
  const testing::ProgramResult result = run("halved", {"--max-vae-bs", "5"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const std::string told =
      "out of memory on cpu in the decoder with 5 frames at once; went on with 2";
  EXPECT_THAT(result.err, HasSubstr("rollingdepth: warning: clip.mp4: " + told));
  const auto report = nlohmann::json::parse(testing::text_of(folder_ / "halved/clip_report.json"));
  EXPECT_THAT(report["warnings"].dump(), HasSubstr(told));

  const testing::ProgramResult fewer = run("fewer", {"--max-vae-bs", "2"});
  EXPECT_EQ(fewer.exit_code, 0) << fewer.err;
  EXPECT_THAT(fewer.err, Not(HasSubstr("out of memory")));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "fewer/clip_pred.npy"));
}

}  // namespace
}  // namespace rollingdepth
