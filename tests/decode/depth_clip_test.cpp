#include "decode/depth_clip.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <fstream>
#include <limits>

#include "clip_maker.hpp"
#include "error_matchers.hpp"
#include "exr_maker.hpp"
#include "media/npy.hpp"
#include "npz_file.hpp"
#include "temporary_folder.hpp"
#include "write/depth_files.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;
using testing::npy_bytes;
using testing::quarters_source;
using testing::read_bytes;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;
using testing::write_exr;
using testing::write_npz;

constexpr std::int64_t kFrames = 4, kHeightPx = 5, kWidthPx = 7;

/// All maps from where the reader stands, [N, H, W].
at::Tensor read_all(DepthReader& reader) {
  std::vector<at::Tensor> maps;
  while (auto map = reader.next()) {
    EXPECT_EQ(map->scalar_type(), at::kFloat);
    EXPECT_TRUE(map->is_contiguous());
    maps.push_back(*map);
  }
  return at::stack(maps);
}

at::Tensor read_all(const fs::path& path, double png_scale = 1) {
  return read_all(*open_depth_clip(path, png_scale));
}

class DepthClipTest : public ::testing::Test {
 protected:
  DepthClipTest() {
    const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(3);
    depth_ = at::rand({kFrames, kHeightPx, kWidthPx}, generator) * 3.5 - 1.5;
    depth_[0][0][0] = -1.5;
    depth_[1][1][1] = 2;
  }

  void write(DepthSink& sink, const at::Tensor& depth) const {
    sink.begin({.frames = depth.size(0),
                .height_px = depth.size(1),
                .width_px = depth.size(2),
                .min = depth.min().item<float>(),
                .max = depth.max().item<float>(),
                .frame_rate = {25, 1},
                .time_base = {1, 25}});
    for (std::int64_t n = 0; n < depth.size(0); ++n) sink.write(depth[n].contiguous(), n);
    sink.finish();
  }

  // Grey pictures whose pixels are these whole numbers; no depth.json.
  [[nodiscard]] fs::path write_levels(const at::Tensor& levels) const {
    at::Tensor whole_range = levels.to(at::kFloat).clone();
    whole_range = at::cat({whole_range, at::zeros_like(whole_range.slice(0, 0, 1))});
    whole_range[-1][0][0] = 65535;  // The sink then writes the numbers themselves.
    const fs::path folder = folder_ / "levels";
    write(*make_png16_sink(folder), whole_range);
    fs::remove(folder / "depth.json");
    char last[16];
    std::snprintf(last, sizeof(last), "%06d.png", static_cast<int>(levels.size(0)));
    fs::remove(folder / last);
    return folder;
  }

  // Reads everything: the damage may lie in the last frame.
  static std::string refusal(const fs::path& path) {
    return message_of(ErrorKind::kInput, [&] { read_all(path); });
  }

  std::string refusal_of_npy(const std::string& bytes) const {
    std::ofstream(folder_ / "a.npy", std::ios::binary) << bytes;
    return refusal(folder_ / "a.npy");
  }

  fs::path new_folder(const std::string& name) const {
    fs::create_directory(folder_ / name);
    return folder_ / name;
  }

  TemporaryFolder folder_;
  at::Tensor depth_;
};

TEST_F(DepthClipTest, ReadsWhatOurOwnWritersWriteAsOftenAsWanted) {
  write(*make_npy_sink(folder_ / "a.npy"), depth_);
  write(*make_npz_sink(folder_ / "a.npz"), depth_);
  write(*make_exr_sink(folder_ / "a_exr"), depth_);
  write(*make_png16_sink(folder_ / "a_png16"), depth_);
  for (const std::string name : {"a.npy", "a.npz", "a_exr", "a_png16"}) {
    const auto reader = open_depth_clip(folder_ / name);
    EXPECT_EQ(reader->listing().name, (folder_ / name).string());
    EXPECT_EQ(reader->listing().frames, kFrames);
    EXPECT_EQ(reader->listing().height_px, kHeightPx);
    EXPECT_EQ(reader->listing().width_px, kWidthPx);
    // PNG keeps 65536 levels of the range of 3.5, rounded to the nearest.
    const double tolerance = name == "a_png16" ? 3.5 / 65535 * 0.51 : 0;
    const auto error = [&] { return (read_all(*reader) - depth_).abs().max().item<double>(); };
    EXPECT_LE(error(), tolerance) << name;
    EXPECT_FALSE(reader->next().has_value()) << name;
    reader->rewind();
    EXPECT_TRUE(reader->next().has_value()) << name;
    reader->rewind();  // In the middle.
    EXPECT_LE(error(), tolerance) << name;
  }
}

TEST_F(DepthClipTest, TheCallerMayChangeAMap) {
  write(*make_npy_sink(folder_ / "a.npy"), depth_);
  write(*make_npz_sink(folder_ / "a.npz"), depth_);
  write(*make_exr_sink(folder_ / "a_exr"), depth_);
  for (const std::string name : {"a.npy", "a.npz", "a_exr"}) {
    const auto reader = open_depth_clip(folder_ / name);
    reader->next()->fill_(9);
    EXPECT_TRUE(at::equal(*reader->next(), depth_[1])) << name;
    reader->rewind();
    EXPECT_TRUE(at::equal(*reader->next(), depth_[0])) << name;
  }
}

TEST_F(DepthClipTest, ReadsEveryShapeOfAClip) {
  const auto file = folder_ / "a.npy";
  for (const at::Tensor& stored : {depth_, depth_.unsqueeze(1), depth_.unsqueeze(3)}) {
    write_npy(file, stored);
    EXPECT_TRUE(at::equal(read_all(file), depth_)) << stored.sizes();
    write_npz(folder_ / "a.npz", {{"any_name", npy_bytes(stored)}});
    EXPECT_TRUE(at::equal(read_all(folder_ / "a.npz"), depth_)) << stored.sizes();
  }
  write_npy(file, depth_[0]);
  EXPECT_TRUE(at::equal(read_all(file), depth_.slice(0, 0, 1)));
}

TEST_F(DepthClipTest, ReadsEveryRealType) {
  // Whole numbers that all types but bool can hold.
  const at::Tensor values = at::arange(kFrames * kHeightPx * kWidthPx).view(depth_.sizes()) % 128;
  for (const auto type : {at::kHalf, at::kFloat, at::kDouble, at::kByte, at::kChar, at::kShort,
                          at::kInt, at::kLong, at::kUInt16, at::kUInt32, at::kUInt64}) {
    write_npy(folder_ / "a.npy", values.to(type));
    EXPECT_TRUE(at::equal(read_all(folder_ / "a.npy"), values.to(at::kFloat))) << type;
  }
  write_npz(folder_ / "a.npz", {{"depth", npy_bytes(values > 60)}});
  EXPECT_TRUE(at::equal(read_all(folder_ / "a.npz"), (values > 60).to(at::kFloat)));
}

TEST_F(DepthClipTest, KeepsWhatIsNoNumber) {
  depth_[2][3][4] = std::numeric_limits<float>::quiet_NaN();
  depth_[2][3][5] = -std::numeric_limits<float>::infinity();
  write_npy(folder_ / "a.npy", depth_);
  write_exr(new_folder("exr") / "1.exr", depth_[2], {"Z"});
  EXPECT_TRUE(at::allclose(read_all(folder_ / "a.npy"), depth_, 0, 0, true));
  EXPECT_TRUE(at::allclose(read_all(folder_ / "exr")[0], depth_[2], 0, 0, true));
}

// 10 GB, of which the disk holds a few blocks.
TEST_F(DepthClipTest, ReadsNoMoreThanTheFrameAskedFor) {
  const std::string header = npy_header(at::kFloat, {10000, 500, 500});
  std::ofstream(folder_ / "a.npy", std::ios::binary) << header;
  fs::resize_file(folder_ / "a.npy", header.size() + 10000UL * 500 * 500 * 4);
  const auto reader = open_depth_clip(folder_ / "a.npy");
  EXPECT_EQ(reader->listing().frames, 10000);
  for (int n = 0; n < 3; ++n) EXPECT_EQ(reader->next()->abs().max().item<float>(), 0);
  reader->rewind();
  EXPECT_TRUE(reader->next().has_value());
}

TEST_F(DepthClipTest, GoesByContentBeforeTheName) {
  write_npy(folder_ / "clip.bin", depth_);
  write_npz(folder_ / "clip.npy", {{"depth", npy_bytes(depth_)}});
  EXPECT_TRUE(at::equal(read_all(folder_ / "clip.bin"), depth_));
  EXPECT_TRUE(at::equal(read_all(folder_ / "clip.npy"), depth_));
}

TEST_F(DepthClipTest, TakesDepthOutOfSeveralArrays) {
  write_npz(folder_ / "a.npz", {{"times", npy_bytes(at::ones({kFrames}))},
                                {"depth", npy_bytes(depth_)},
                                {"mask", npy_bytes(at::ones({3}))}});
  EXPECT_TRUE(at::equal(read_all(folder_ / "a.npz"), depth_));
  write_npz(folder_ / "b.npz", {{"pred", npy_bytes(depth_)}, {"gt", npy_bytes(depth_)}});
  EXPECT_THAT(
      refusal(folder_ / "b.npz"),
      HasSubstr("b.npz: it holds several arrays and none of them is 'depth': 'pred', 'gt'"));
}

TEST_F(DepthClipTest, ReadsPicturesInTheOrderOfTheirNumbers) {
  for (const int number : {10, 2, 1}) {
    write_exr(new_folder("exr") / (std::string("f") + std::to_string(number) + ".EXR"),
              at::full({2, 3}, number, at::kFloat), {"Y"});
  }
  std::ofstream(folder_ / "exr/notes.txt") << "mine";
  std::ofstream(folder_ / "exr/.hidden.png") << "hidden";
  const at::Tensor depth = read_all(folder_ / "exr");
  EXPECT_TRUE(at::equal(depth.select(2, 0).select(1, 0), at::tensor({1.F, 2.F, 10.F})));
}

TEST_F(DepthClipTest, TakesTheChannelThatHoldsDepth) {
  const fs::path folder = new_folder("exr");
  const at::Tensor values = at::rand({3, 4});
  const std::vector<std::pair<std::vector<std::string>, int>> cases = {
      {{"A", "Z", "Y"}, 2}, {{"R", "Z"}, 1}, {{"B", "G", "R"}, 2}, {{"depth.V"}, 0}};
  for (const auto& [channels, place] : cases) {
    write_exr(folder / "1.exr", values, channels);
    EXPECT_TRUE(at::equal(read_all(folder)[0], values + place)) << channels.back();
  }
  write_exr(folder / "1.exr", values, {"U", "V"});
  EXPECT_THAT(refusal(folder), AllOf(HasSubstr("1.exr: it has neither"), HasSubstr(": U, V")));
}

TEST_F(DepthClipTest, ReadsHalvesAndPicturesThatBeginElsewhere) {
  const at::Tensor values = at::rand({3, 4}).to(at::kHalf);
  write_exr(new_folder("exr") / "1.exr", values, {"Y"}, -20);
  EXPECT_TRUE(at::equal(read_all(folder_ / "exr")[0], values.to(at::kFloat)));
}

TEST_F(DepthClipTest, DividesLevelsByThePngScale) {
  const at::Tensor levels = at::tensor({0, 1, 255, 256, 2560, 65535}, at::kInt).view({1, 2, 3});
  const fs::path folder = write_levels(levels);
  EXPECT_TRUE(at::equal(read_all(folder), levels.to(at::kFloat)));
  // KITTI: metres times 256.
  EXPECT_TRUE(at::equal(read_all(folder, 256), levels.to(at::kFloat) / 256));
  EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { open_depth_clip(folder, 0); }),
              HasSubstr("must be above 0"));
}

TEST_F(DepthClipTest, ReadsPicturesOfEightBits) {
  run_ffmpeg(testing::counting_source(3) + " -pix_fmt gray -start_number 9",
             new_folder("grey") / "%d.png");
  const at::Tensor depth = read_all(folder_ / "grey", 4);
  ASSERT_EQ(depth.size(0), 3);
  for (int n = 0; n < 3; ++n) EXPECT_TRUE(at::all(depth[n] == 10 + n).item<bool>()) << n;
}

TEST_F(DepthClipTest, RefusesADamagedScale) {
  write(*make_png16_sink(folder_ / "png16"), depth_);
  for (const std::string text :
       {"", "{", "{\"min\": 1}", "{\"min\": 1, \"scale\": \"wide\"}", "7"}) {
    std::ofstream(folder_ / "png16/depth.json") << text;
    EXPECT_THAT(refusal(folder_ / "png16"), HasSubstr("png16/depth.json")) << text;
  }
}

TEST_F(DepthClipTest, RefusesWhatIsNotThere) {
  EXPECT_EQ(refusal("absent.npy"), "cannot read absent.npy: No such file or directory");
  EXPECT_EQ(refusal("absent"), "cannot read absent: No such file or directory");
  EXPECT_THAT(refusal("/dev/null"), HasSubstr("neither a file nor a folder"));
}

TEST_F(DepthClipTest, RefusesWhatIsNoDepthClip) {
  std::ofstream(folder_ / "a.mp4") << "moving";
  EXPECT_THAT(refusal(folder_ / "a.mp4"), HasSubstr("a.mp4: not a depth clip"));
  std::ofstream(folder_ / "empty");
  EXPECT_THAT(refusal(folder_ / "empty"), HasSubstr("empty: not a depth clip"));
  EXPECT_THAT(refusal(new_folder("bare")), HasSubstr("bare: no .exr or .png pictures in it"));
  std::ofstream(folder_ / "bare/depth.json") << "{}";
  EXPECT_THAT(refusal(folder_ / "bare"), HasSubstr("no .exr or .png pictures"));
}

TEST_F(DepthClipTest, RefusesWhatIsNoArchive) {
  std::ofstream(folder_ / "text.npz") << "text";
  EXPECT_THAT(refusal(folder_ / "text.npz"), HasSubstr("text.npz: not an .npz archive"));
  // The end of a ZIP archive, without any entries before it.
  std::ofstream(folder_ / "empty.npz") << std::string("PK\x05\x06") + std::string(18, '\0');
  EXPECT_THAT(refusal(folder_ / "empty.npz"), HasSubstr("empty.npz: it holds no arrays"));
}

TEST_F(DepthClipTest, RefusesAFolderOfTwoKinds) {
  write(*make_exr_sink(folder_ / "both"), depth_);
  std::ofstream(folder_ / "both/7.png") << "a picture";
  EXPECT_THAT(
      refusal(folder_ / "both"),
      HasSubstr("both: it holds both .exr and .png pictures, such as 000000.exr and 7.png"));
}

TEST_F(DepthClipTest, RefusesPicturesOfAnotherSizeByName) {
  write(*make_exr_sink(folder_ / "exr"), depth_);
  write_exr(folder_ / "exr/000002.exr", at::zeros({5, 8}), {"Y"});
  EXPECT_THAT(refusal(folder_ / "exr"),
              AllOf(HasSubstr("000002.exr is 8x5"), HasSubstr("the first one is 7x5")));
  run_ffmpeg(quarters_source(1) + " -pix_fmt gray", new_folder("png") / "1.png");
  run_ffmpeg(quarters_source(1) + " -vf scale=32:48 -pix_fmt gray", folder_ / "png" / "2.png");
  EXPECT_THAT(refusal(folder_ / "png"), HasSubstr("2.png is 32x48, but the first one is 64x48"));
}

TEST_F(DepthClipTest, RefusesColourPictures) {
  for (const std::string format : {"rgb24", "rgba", "rgb48", "pal8"}) {
    run_ffmpeg(quarters_source(1) + " -pix_fmt " + format, new_folder("colour") / "1.png");
    EXPECT_THAT(refusal(folder_ / "colour"),
                AllOf(HasSubstr("1.png: it has "), HasSubstr("channels; depth is a grey picture")))
        << format;
  }
}

TEST_F(DepthClipTest, RefusesShapesThatAreNoClip) {
  const auto refusal_of = [&](at::IntArrayRef shape) {
    return refusal_of_npy(npy_bytes(at::zeros(shape)));
  };
  EXPECT_THAT(refusal_of({4, 5, 7, 3}), HasSubstr("its shape is [4, 5, 7, 3], not [N, H, W]"));
  EXPECT_THAT(refusal_of({4}), HasSubstr("a.npy: its shape is [4]"));
  EXPECT_THAT(refusal_of({}), HasSubstr("its shape is []"));
  EXPECT_THAT(refusal_of({0, 5, 7}), HasSubstr("it holds no frames"));
  EXPECT_THAT(refusal_of({4, 5, 0}), HasSubstr("it holds no pixels"));
  write_npz(folder_ / "a.npz", {{"depth", npy_bytes(at::zeros({4, 5, 7, 3}))}});
  EXPECT_THAT(refusal(folder_ / "a.npz"), HasSubstr("'depth' of "));
}

TEST_F(DepthClipTest, NoticesDamagedValuesOfAnArchive) {
  write_npz(folder_ / "a.npz", {{"depth", npy_bytes(depth_)}});
  std::vector<char> bytes = read_bytes(folder_ / "a.npz");
  bytes[bytes.size() / 2] ^= 1;
  write_bytes(folder_ / "a.npz", bytes);
  EXPECT_THAT(refusal(folder_ / "a.npz"), HasSubstr("'depth' of " + (folder_ / "a.npz").string()));
}

/// Every format, cut short and damaged at many places.
class DamagedDepthClipTest : public DepthClipTest {
 protected:
  // The clip to open, and the file of it to damage.
  std::vector<std::pair<fs::path, fs::path>> clips() {
    write(*make_npy_sink(folder_ / "a.npy"), depth_);
    write(*make_npz_sink(folder_ / "a.npz"), depth_);
    write(*make_exr_sink(folder_ / "exr"), depth_);
    write(*make_png16_sink(folder_ / "png16"), depth_);
    return {{folder_ / "a.npy", folder_ / "a.npy"},
            {folder_ / "a.npz", folder_ / "a.npz"},
            {folder_ / "exr", folder_ / "exr/000001.exr"},
            {folder_ / "png16", folder_ / "png16/000001.png"}};
  }
};

TEST_F(DamagedDepthClipTest, RefusesAFileThatIsCutShort) {
  for (const auto& [clip, file] : clips()) {
    const std::vector<char> whole = read_bytes(file);
    for (std::size_t size = 0; size < whole.size(); size += 1 + size / 8) {
      write_bytes(file, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
      EXPECT_THAT(refusal(clip), HasSubstr(file.filename().string())) << size;
    }
  }
}

TEST_F(DamagedDepthClipTest, NoticesEveryDamageOfAPngPicture) {
  const auto [clip, file] = clips().back();
  const std::vector<char> whole = read_bytes(file);
  ::testing::internal::CaptureStderr();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::vector<char> bytes = whole;
    bytes[at] = static_cast<char>(~bytes[at]);
    write_bytes(file, bytes);
    EXPECT_THAT(refusal(clip), HasSubstr("000001.png")) << at;
  }
  // libpng prints what it dislikes: it must not get to see such files.
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

// Damage may go unnoticed where any bytes are values; then the clip has its size still.
TEST_F(DamagedDepthClipTest, NeverFailsInAnotherWay) {
  for (const auto& [clip, file] : clips()) {
    const std::vector<char> whole = read_bytes(file);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::vector<char> bytes = whole;
      bytes[at] = static_cast<char>(~bytes[at]);
      write_bytes(file, bytes);
      try {
        const at::Tensor depth = read_all(clip);
        EXPECT_EQ(depth.numel() % (kHeightPx * kWidthPx), 0) << file << " " << at;
      } catch (const std::exception& error) {
        EXPECT_EQ(kind_of(error), ErrorKind::kInput) << describe(error);
        EXPECT_THAT(describe(error), HasSubstr(file.filename().string())) << at;
      }
    }
  }
}

}  // namespace
}  // namespace rollingdepth
