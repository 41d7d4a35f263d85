#include "rollingdepth/app/inputs.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "error_matchers.hpp"
#include "rollingdepth/app/outputs.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using ::testing::SizeIs;
using testing::TemporaryFolder;

/// Files without content: planning looks at names only.
void make_files(const TemporaryFolder& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const fs::path file = folder / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "";
  }
}

InputPlan plan(const std::vector<std::string>& values, bool recursive = false) {
  return plan_inputs(values, recursive, kDefaultImageRate);
}

/// "subfolder/stem" of every input.
std::vector<std::string> places(const InputPlan& plan) {
  std::vector<std::string> found;
  for (const PlannedInput& input : plan.inputs) {
    found.push_back((input.subfolder / input.stem).string());
  }
  return found;
}

TEST(Inputs, TakeTheVideosOfAFolderSortedAndLeaveOtherFilesOut) {
  const TemporaryFolder folder;
  make_files(folder, {"b.mp4", "a.MKV", "notes.txt", ".hidden.mp4", "deeper/c.mp4"});
  const InputPlan planned = plan({folder.path()});
  EXPECT_THAT(places(planned), ElementsAre("a", "b"));
  EXPECT_THAT(planned.problems, IsEmpty());
}

TEST(Inputs, DeinterlaceVideosAndSayThatPicturesAreNot) {
  const TemporaryFolder folder;
  make_files(folder, {"a.mp4", "b.png"});
  const InputPlan planned = plan_inputs({folder / "a.mp4", folder / "b.png"}, false,
                                        kDefaultImageRate, /*deinterlaces=*/true);
  ASSERT_THAT(places(planned), ElementsAre("a", "b"));
  EXPECT_TRUE(planned.inputs[0].deinterlaces);
  EXPECT_FALSE(planned.inputs[1].deinterlaces);
  ASSERT_EQ(planned.notes.size(), 1U);
  EXPECT_NE(planned.notes[0].find("b.png"), std::string::npos) << planned.notes[0];
}

TEST(Inputs, KeepSubfoldersWhenRecursive) {
  const TemporaryFolder folder;
  make_files(folder, {"b.mp4", "day/c.mp4", "day/night/c.mp4"});
  EXPECT_THAT(places(plan({folder.path()}, true)), ElementsAre("b", "day/c", "day/night/c"));
  EXPECT_THAT(places(plan({folder.path().string() + "/"}, true)),
              ElementsAre("b", "day/c", "day/night/c"));
}

TEST(Inputs, TakeAFolderOfImagesAsOneClipNamedAfterIt) {
  const TemporaryFolder folder;
  make_files(folder, {"shot/2.png", "shot/1.png", "shot/readme.md"});
  const InputPlan planned = plan({folder / "shot"});
  EXPECT_THAT(places(planned), ElementsAre("shot"));
  EXPECT_THAT(planned.inputs[0].files, ElementsAre(folder / "shot/1.png", folder / "shot/2.png"));
}

TEST(Inputs, CountImagesAsPeopleDo) {
  const TemporaryFolder folder;
  make_files(folder, {"shot/10.png", "shot/2.png", "shot/1.png", "shot/007.png"});
  EXPECT_THAT(plan({folder / "shot"}).inputs[0].files,
              ElementsAre(folder / "shot/1.png", folder / "shot/2.png", folder / "shot/007.png",
                          folder / "shot/10.png"));
}

// A second run on a folder that is its own output folder meets what the first one made.
TEST(Inputs, LeaveOutWhatAnEarlierRunMade) {
  const TemporaryFolder folder;
  make_files(folder, {"a.mp4", "a_rgbd.mp4", "a_Greys_r.mp4", "a_report.json", "b_rgbd.mp4",
                      "output/c_Spectral_r.mp4", "output/c_report.json"});
  EXPECT_THAT(places(plan({folder.path()}, true)), ElementsAre("a", "b_rgbd"));
}

TEST(Inputs, RefuseWhatIsNeitherFileNorFolder) {
  const InputPlan planned = plan({"/dev/null"});
  EXPECT_THAT(planned.inputs, IsEmpty());
  EXPECT_THAT(planned.problems, ElementsAre(HasSubstr("neither a file nor a folder")));
}

TEST(Inputs, TakeTheVideosOfAFolderWithBothAndSaySo) {
  const TemporaryFolder folder;
  make_files(folder, {"clip.mp4", "1.png", "2.png"});
  const InputPlan planned = plan({folder.path()});
  EXPECT_THAT(places(planned), ElementsAre("clip"));
  EXPECT_THAT(planned.notes, ElementsAre(AllOf(HasSubstr("2 images"), HasSubstr("left out"))));
}

TEST(Inputs, ReadListsRelativeToTheirFolderWithoutComments) {
  const TemporaryFolder folder;
  make_files(folder, {"lists/x.mp4", "y.mp4"});
  std::ofstream(folder / "lists/all.txt") << "\xEF\xBB\xBF# clips\r\n\r\n  x.mp4 \r\n"
                                          << (folder / "y.mp4").string() << "\n";
  const InputPlan planned = plan({folder / "lists/all.txt"});
  EXPECT_THAT(places(planned), ElementsAre("x", "y"));
  EXPECT_THAT(planned.problems, IsEmpty());
}

TEST(Inputs, TurnListsThatNameNothingOrThemselvesIntoProblems) {
  const TemporaryFolder folder;
  std::ofstream(folder / "empty.txt") << "# nothing\n";
  std::ofstream(folder / "loop.txt") << "loop.txt\n";
  EXPECT_THAT(plan({folder / "empty.txt"}).problems, ElementsAre(HasSubstr("names no input")));
  EXPECT_THAT(plan({folder / "loop.txt"}).problems, ElementsAre(HasSubstr("another list")));
}

TEST(Inputs, TakeAPatternOfImagesNamedByWhatPrecedesTheNumber) {
  const TemporaryFolder folder;
  make_files(folder, {"shots/cat_0001.png", "shots/cat_0002.png", "shots/0007.png"});
  const InputPlan planned =
      plan({(folder / "shots/cat_%04d.png").string(), (folder / "shots/%04d.png").string()});
  EXPECT_THAT(places(planned), ElementsAre("cat", "shots"));
  EXPECT_THAT(planned.inputs[0].files, SizeIs(2));
  EXPECT_THAT(plan({(folder / "shots/dog_%04d.png").string()}).problems, SizeIs(1));
}

TEST(Inputs, GoOnAfterAValueThatNamesNothing) {
  const TemporaryFolder folder;
  make_files(folder, {"good.mp4"});
  fs::create_directory(folder / "empty");
  fs::create_symlink(folder / "loop", folder / "loop");
  const InputPlan planned =
      plan({folder / "missing.mp4", folder / "empty", folder / "loop", folder / "good.mp4", ""});
  EXPECT_THAT(places(planned), ElementsAre("good"));
  EXPECT_THAT(planned.problems,
              ElementsAre(HasSubstr("missing.mp4: no such file"), HasSubstr("no videos"),
                          HasSubstr("symbolic links"), HasSubstr("empty name")));
}

TEST(Outputs, OfTwoInputsMustNotShareNames) {
  const TemporaryFolder folder;
  make_files(folder, {"one/clip.mp4", "two/clip.mkv"});
  const InputPlan flat = plan({folder / "one/clip.mp4", folder / "two/clip.mkv"});
  EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { require_distinct_outputs(flat.inputs); }),
              AllOf(HasSubstr("one/clip.mp4"), HasSubstr("two/clip.mkv"), HasSubstr("clip_...")));
  require_distinct_outputs(plan({folder.path()}, true).inputs);
}

TEST(Outputs, MustNotReplaceAnInput) {
  const TemporaryFolder folder;
  make_files(folder, {"clip.mp4", "clip_rgbd.mp4"});
  RunOptions options;
  options.output_dir = folder.path();
  const InputPlan planned = plan({folder.path()});
  EXPECT_THAT(
      message_of(ErrorKind::kUsage, [&] { require_inputs_untouched(planned.inputs, options); }),
      HasSubstr("clip_rgbd.mp4"));
}

TEST(Outputs, AreNamedAfterTheInputAndFollowTheOptions) {
  RunOptions options;
  options.output_dir = "out";
  PlannedInput input;
  input.stem = "clip";
  input.subfolder = "day";
  EXPECT_THAT(
      output_files(options, input).all(),
      ElementsAre("out/day/clip_pred.npy", "out/day/clip_Spectral_r.mp4",
                  "out/day/clip_Greys_r.mp4", "out/day/clip_rgbd.mp4", "out/day/clip_report.json"));
  options.save_npy = false;
  options.save_snippets = true;
  options.colormaps.clear();
  EXPECT_THAT(output_files(options, input).all(),
              ElementsAre("out/day/clip_rgbd.mp4", "out/day/clip_snippets.npz",
                          "out/day/clip_report.json"));
  EXPECT_EQ(output_files(options, input).side_by_side_colormap, "Spectral_r");
}

TEST(Outputs, OnRequestAreNamedToo) {
  RunOptions options;
  options.save_npy = options.save_side_by_side = false;
  options.colormaps.clear();
  options.save_npz = options.save_png16 = options.save_exr = true;
  options.depth_video = DepthVideo::kFfv1;
  options.profile = true;
  PlannedInput input;
  input.stem = "clip";
  EXPECT_THAT(
      output_files(options, input).all(),
      ElementsAre("output/clip_pred.npz", "output/clip_png16", "output/clip_exr",
                  "output/clip_depth.mkv", "output/clip_trace.json", "output/clip_report.json"));
  options.depth_video = DepthVideo::kHevc;
  EXPECT_EQ(output_files(options, input).depth_video, "output/clip_depth.mp4");
}

TEST(Outputs, DoNotReplaceAFolderThatHoldsAnInput) {
  const TemporaryFolder folder;
  RunOptions options;
  options.output_dir = folder.path();
  options.save_png16 = true;
  PlannedInput clip, pictures;
  clip.stem = "clip";
  pictures.stem = "pictures";
  pictures.files = {folder / "clip_png16/000000.png"};
  EXPECT_THAT(message_of(ErrorKind::kUsage,
                         [&] {
                           require_inputs_untouched({clip, pictures}, options);
                         }),
              HasSubstr("would replace the input " + (folder / "clip_png16").string()));
}

}  // namespace
}  // namespace rollingdepth
