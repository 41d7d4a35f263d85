#include "app/run/inputs.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "app/run/distinct_inputs.hpp"
#include "app/run/outputs.hpp"
#include "error_matchers.hpp"
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
                                        kDefaultImageRate, {.deinterlaces = true});
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

/// UTF-16 with its byte-order mark.
std::string utf16(const std::u16string& text, bool big_endian) {
  std::string bytes;
  for (const char16_t unit : u"\uFEFF" + text) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    bytes += big_endian ? std::string{high, low} : std::string{low, high};
  }
  return bytes;
}

void write_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

TEST(Inputs, ReadListsInUtf16AndOfUpperCaseNames) {
  const TemporaryFolder folder;
  make_files(folder, {"plain.mp4", "größe 日本.mp4", "🎬.mp4"});
  for (const bool big_endian : {false, true}) {
    write_bytes(folder / "LIST.TXT",
                utf16(u"# clips\r\nplain.mp4\r\n\r\ngröße 日本.mp4\r\n🎬.mp4", big_endian));
    const InputPlan planned = plan({folder / "LIST.TXT"});
    EXPECT_THAT(places(planned), ElementsAre("plain", "größe 日本", "🎬"));
    EXPECT_THAT(planned.problems, IsEmpty());
  }
}

TEST(Inputs, RefuseAListThatIsNoTextInOneLine) {
  using namespace std::string_literals;
  const TemporaryFolder folder;
  make_files(folder, {"a.mp4"});
  const std::map<std::string, std::string> lists = {{"zero.txt", "a.mp4\na.mp4\0.mp4\n\0\n"s},
                                                    {"marked-not.txt", "a\0.\0m\0p\0"s},
                                                    {"half.txt", "\xFF\xFE"s + "a"},
                                                    {"lone.txt", "\xFF\xFE\x00\xDC"s},
                                                    {"cut.txt", "\xFF\xFE\x00\xD8"s}};
  const std::map<std::string, std::string> said = {{"zero.txt", "line 2 holds a zero byte"},
                                                   {"marked-not.txt", "line 1 holds a zero byte"},
                                                   {"half.txt", "it begins as UTF-16 and is none"},
                                                   {"lone.txt", "it begins as UTF-16 and is none"},
                                                   {"cut.txt", "it begins as UTF-16 and is none"}};
  for (const auto& [name, bytes] : lists) {
    write_bytes(folder / name, bytes);
    const InputPlan planned = plan({folder / name});
    EXPECT_THAT(planned.inputs, IsEmpty()) << name;
    EXPECT_THAT(planned.problems, ElementsAre("cannot use the list " + (folder / name).string() +
                                              ": " + said.at(name) + "; save it as UTF-8"));
  }
}

TEST(Inputs, RefuseAListOfAbsurdSizeUnread) {
  const TemporaryFolder folder;
  make_files(folder, {"huge.txt"});
  fs::resize_file(folder / "huge.txt", 5'000'000'000);
  EXPECT_THAT(plan({folder / "huge.txt"}).problems,
              ElementsAre(HasSubstr("it has 5.0 GB, which no list has")));
}

TEST(Inputs, ThatAreNamedTwiceComeOnceAndThatIsSaid) {
  const TemporaryFolder folder;
  make_files(folder, {"clips/a.mp4", "clips/b.mp4", "shot/1.png", "shot/2.png"});
  fs::create_symlink(folder / "clips/a.mp4", folder / "link.mp4");
  fs::create_hard_link(folder / "clips/b.mp4", folder / "hard.mp4");
  std::ofstream(folder / "all.txt") << "clips/a.mp4\nclips/../clips/b.mp4\n";
  const std::string a = folder / "clips/a.mp4", b = folder / "clips/b.mp4";
  const InputPlan planned =
      plan({a, folder / "clips", folder / "all.txt", folder / "link.mp4", folder / "hard.mp4",
            folder / "shot", folder / "shot/%d.png", folder / "shot/1.png"});
  EXPECT_THAT(places(planned), ElementsAre("a", "b", "shot", "1"));
  EXPECT_THAT(planned.notes,
              ElementsAre(a + " is named more than once and runs once",
                          AllOf(HasSubstr("clips/../clips/b.mp4 is " + b), HasSubstr("runs once")),
                          AllOf(HasSubstr("link.mp4 is " + a), HasSubstr("runs once")),
                          AllOf(HasSubstr("hard.mp4 is " + b), HasSubstr("runs once")),
                          AllOf(HasSubstr("shot/%d.png is "), HasSubstr("runs once"))));
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

class Stems : public ::testing::Test {
 protected:
  InputPlan distinct(const std::vector<std::string>& values) {
    InputPlan planned = plan(values);
    give_distinct_stems(planned, folder_ / "out");
    return planned;
  }

  TemporaryFolder folder_;
};

TEST_F(Stems, OfTheSameNameTakeTheExtension) {
  make_files(folder_, {"a.mov", "a.mp4", "b.mp4", "a/1.png"});
  const InputPlan planned = distinct({folder_.path(), folder_ / "a"});
  EXPECT_THAT(places(planned), ElementsAre("a.mov", "a.mp4", "b", "a"));
  EXPECT_THAT(planned.notes,
              ElementsAre(AllOf(HasSubstr("a.mov and "), HasSubstr("would have the same names"),
                                HasSubstr("called a.mov_..., a.mp4_..., a_..."))));
  require_distinct_outputs(planned.inputs);
}

// Of two patterns, too: `shot_%04d.png` beside `shot_%04d.jpg`.
TEST_F(Stems, OfPatternsTakeTheExtension) {
  make_files(folder_, {"shot_1.png", "shot_1.jpg"});
  EXPECT_THAT(places(distinct({folder_ / "shot_%d.png", folder_ / "shot_%d.jpg"})),
              ElementsAre("shot.png", "shot.jpg"));
}

TEST_F(Stems, ThatDifferInNothingStayAndAreRefused) {
  make_files(folder_, {"one/a.mp4", "two/a.mp4", "a.mov"});
  const InputPlan planned =
      distinct({folder_ / "one/a.mp4", folder_ / "two/a.mp4", folder_ / "a.mov"});
  EXPECT_THAT(places(planned), ElementsAre("a", "a", "a"));
  EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { require_distinct_outputs(planned.inputs); }),
              HasSubstr("same names (a_...)"));
}

// A later run of one of two finds what the run of both has made, or has begun.
TEST_F(Stems, StayAsAnEarlierRunOfBothNamedThem) {
  make_files(folder_, {"a.mov", "b.mov", "c.mov", "out/a.mov_report.json", "out/b.mov.job/lock",
                       "out/c_report.json"});
  const InputPlan planned = distinct({folder_.path()});
  EXPECT_THAT(places(planned), ElementsAre("a.mov", "b.mov", "c"));
  EXPECT_THAT(planned.notes, ElementsAre(HasSubstr("its outputs are called a.mov_... as before"),
                                         HasSubstr("b.mov_... as before")));
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
  options.outputs["npy"] = false;
  options.outputs["snippets"] = true;
  options.colormaps.clear();
  EXPECT_THAT(output_files(options, input).all(),
              ElementsAre("out/day/clip_rgbd.mp4", "out/day/clip_snippets.npz",
                          "out/day/clip_report.json"));
  EXPECT_EQ(output_files(options, input).find("sbs")->colormap, "Spectral_r");
}

TEST(Outputs, OnRequestAreNamedToo) {
  RunOptions options;
  for (auto& [format, is_written] : options.outputs) is_written = false;
  options.colormaps.clear();
  for (const char* format : {"npz", "png16", "exr", "ffv1", "trace"})
    options.outputs[format] = true;
  PlannedInput input;
  input.stem = "clip";
  EXPECT_THAT(
      output_files(options, input).all(),
      ElementsAre("output/clip_pred.npz", "output/clip_png16", "output/clip_exr",
                  "output/clip_depth.mkv", "output/clip_trace.json", "output/clip_report.json"));
  choose_output(options.outputs, "--depth-video", "h265");
  EXPECT_EQ(output_files(options, input).find("ffv1"), nullptr);
  EXPECT_EQ(output_files(options, input).find("h265")->path, "output/clip_depth.mp4");
}

TEST(Outputs, DoNotReplaceAFolderThatHoldsAnInput) {
  const TemporaryFolder folder;
  RunOptions options;
  options.output_dir = folder.path();
  options.outputs["png16"] = true;
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
