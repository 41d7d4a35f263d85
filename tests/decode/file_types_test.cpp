#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decode/video_reader.hpp"

namespace rollingdepth {
namespace {

TEST(FileTypes, KnowsVideosByExtensionInAnyCase) {
  for (const char* name : {"a.mp4", "b.MOV", "c.mkv", "d.Mpg", "e.webm", "dir.d/f.m2ts", "g.y4m"}) {
    EXPECT_TRUE(has_video_extension(name)) << name;
  }
  for (const char* name : {"a.png", "b.txt", "mp4", ".mp4", "c.mp4.part", "d.mp3", ""}) {
    EXPECT_FALSE(has_video_extension(name)) << name;
  }
}

TEST(FileTypes, KnowsPicturesByExtensionInAnyCase) {
  for (const char* name : {"a.png", "b.JPG", "c.jpeg", "d.tif", "e.TIFF", "f.bmp", "g.webp",
                           "h.exr", "i.PFM", "j.dpx", "k.tga", "l.jfif", "m.ppm", "n.jp2"}) {
    EXPECT_TRUE(has_image_extension(name)) << name;
  }
  for (const char* name : {"a.mp4", "b.gif", "png", "c.txt"}) {
    EXPECT_FALSE(has_image_extension(name)) << name;
  }
}

TEST(Versions, NameTheLinkedLibraries) {
  EXPECT_THAT(libav_version(), testing::HasSubstr("libavcodec "));
  EXPECT_THAT(opencv_version(), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+.*"));
}

}  // namespace
}  // namespace rollingdepth
