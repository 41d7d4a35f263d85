#include "decode/picture_remarks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "clip_maker.hpp"
#include "decoded_clip.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::DecodedClip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::quarters_source;
using testing::read_bytes;
using testing::read_clip;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;

TEST(PictureRemarks, TellOfInterlacedPicturesOnce) {
  const TemporaryFolder folder;
  const fs::path file = folder / "interlaced.mpg";
  run_ffmpeg(quarters_source(9) + " -c:v mpeg2video -q:v 1 -flags +ildct+ilme -top 1", file);
  EXPECT_THAT(read_clip(file).warnings,
              ElementsAre(AllOf(HasSubstr("interlaced"), HasSubstr("--deinterlace"))));
}

TEST(PictureRemarks, TellOfTransparentPixels) {
  const TemporaryFolder folder;
  struct Format {
    const char* name;
    const char* coding;
  };
  for (const Format& format : {Format{"a.mkv", "-c:v ffv1 -pix_fmt bgra"},
                               {"b.mkv", "-c:v ffv1 -pix_fmt yuva420p"},
                               {"c.mov", "-c:v png -pix_fmt rgba64be"},
                               {"d.mov", "-c:v prores_ks -pix_fmt yuva444p10le -profile:v 4444"},
                               {"e.webm", "-c:v libvpx-vp9 -pix_fmt yuva420p"}}) {
    const fs::path file = folder / format.name;
    run_ffmpeg(
        quarters_source(3) + " -vf \"format=rgba,colorchannelmixer=aa=0.5\" " + format.coding,
        file);
    EXPECT_THAT(read_clip(file).warnings, ElementsAre(HasSubstr("transparent pixels")))
        << format.name;
  }
}

// Formats that could hold transparent pixels mostly do not.
TEST(PictureRemarks, AreSilentWhereAllPixelsAreOpaque) {
  const TemporaryFolder folder;
  for (const char* coding : {"-c:v ffv1 -pix_fmt bgra", "-c:v ffv1 -pix_fmt yuva444p10le"}) {
    const fs::path file = folder / "opaque.mkv";
    run_ffmpeg(quarters_source(3) + " -vf \"format=rgba,colorchannelmixer=aa=1\" " + coding, file);
    EXPECT_THAT(read_clip(file).warnings, IsEmpty()) << coding;
  }
  run_ffmpeg(quarters_source(3), folder / "opaque.gif");
  EXPECT_THAT(read_clip(folder / "opaque.gif").warnings, IsEmpty());
}

TEST(PictureRemarks, TellOfAPixelAspectThatChanges) {
  const TemporaryFolder folder;
  const fs::path file = folder / "joined.ts", tail = folder / "tail.ts";
  run_ffmpeg(quarters_source(5) + " -vf setsar=12/11 -c:v mpeg2video -aspect 4:3", file);
  run_ffmpeg(quarters_source(5) + " -vf setsar=16/11 -c:v mpeg2video -aspect 16:9", tail);
  std::vector<char> bytes = read_bytes(file);
  const std::vector<char> more = read_bytes(tail);
  bytes.insert(bytes.end(), more.begin(), more.end());
  write_bytes(file, bytes);
  const DecodedClip clip = read_clip(file);
  EXPECT_GE(clip.frames.size(), 9U);  // The decoder drops the one that waits at the change.
  EXPECT_THAT(clip.warnings,
              ElementsAre(AllOf(HasSubstr("pixel aspect changes"), HasSubstr("in mid-stream"))));
}

}  // namespace
}  // namespace rollingdepth
