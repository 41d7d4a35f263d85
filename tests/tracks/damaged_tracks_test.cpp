#include <random>

#include "../npz_file.hpp"
#include "track_file_maker.hpp"

namespace rollingdepth::testing {
namespace {

/// A small file of each format, cut short after every byte, and with bytes that are others: it is
/// read or refused. Run with sanitizers, that nothing is read beyond its end is tested too.
class DamagedTracks : public TrackFiles {
 protected:
  /// Whether it was read; fails where anything but an Error is thrown.
  bool survives(const std::string& bytes) {
    // A file that is emptied and written anew is taken to the disk at once by some file systems.
    std::filesystem::remove(folder_ / "damaged");
    const std::filesystem::path file = write(bytes, "damaged");
    try {
      const TrackFile tracks = read_tracks(file, reading_);
      EXPECT_FALSE(tracks.tracks.empty());
      for (const Track& track : tracks.tracks) check(track);
      return true;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
      return false;
    }
  }

  void check(const Track& track) {
    std::int64_t last = -1;
    for (const TrackedPoint& point : track.points) {
      EXPECT_GT(point.frame, last);
      EXPECT_LT(point.frame, reading_.frames);
      EXPECT_TRUE(point.x_px >= 0 && point.x_px < 64 && point.y_px >= 0 && point.y_px < 48);
      last = point.frame;
    }
  }

  void damage(const std::string& bytes) {
    ASSERT_TRUE(survives(bytes)) << bytes;
    int refused = 0;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      refused += survives(bytes.substr(0, size)) ? 0 : 1;
    }
    EXPECT_GT(refused, 0);
    std::mt19937 random(7);
    for (std::size_t place = 0; place < bytes.size(); ++place) {
      std::string other = bytes;
      other[place] = static_cast<char>(random());
      survives(other);
      // A digit too many is a likely mistake, and leads to large numbers.
      other[place] = '9';
      survives(other);
    }
  }
};

TEST_F(DamagedTracks, OfMotChallengeAreReadOrRefused) {
  damage("1,7,1,1,10,20,1,1,0.5\n2,7,3.5,2,10,20,0,1,1\n");
}

TEST_F(DamagedTracks, OfTablesAreReadOrRefused) {
  damage("x_min,y_min,x_max,y_max,tracker_id,name,frame\n1,2,11,12,4,\"a, \"\"b\"\"\",3\n");
}

TEST_F(DamagedTracks, OfJsonAreReadOrRefused) {
  damage(R"([{"frame":0,"x":1.5,"y":2,"id":3},{"frame":1,"bbox":[1,2,3,4],"id":3}])");
  damage(R"({"unit":"m","tracks":[{"id":1,"points":[{"frame":0,"x":1,"y":2,"w":1,"h":1}]}]})");
}

TEST_F(DamagedTracks, OfCocoAreReadOrRefused) {
  damage(R"({"images":[{"id":1,"file_name":"a_01.png","width":64,"height":48}],"annotations":
[{"image_id":1,"track_id":2,"category_id":3,"bbox":[1,2,3,4]}],"categories":[{"id":3,"name":"b"}]})");
}

TEST_F(DamagedTracks, OfCvatAreReadOrRefused) {
  damage(
      "<annotations><meta><task><original_size><width>64</width><height>48</height>"
      "</original_size></task></meta><track id=\"1\" label=\"a\"><box frame=\"0\" outside=\"0\" "
      "xtl=\"1\" ytl=\"2\" xbr=\"5\" ybr=\"6\"/><box frame=\"4\" xtl=\"2\" ytl=\"2\" xbr=\"5\" "
      "ybr=\"6\"/></track></annotations>");
}

TEST_F(DamagedTracks, OfArchivesAreReadOrRefused) {
  reading_.frames = 2;
  write_npz(folder_ / "a.npz", {{"tracks", npy_bytes(at::full({2, 1, 2}, 9.0F))},
                                {"visibility", npy_bytes(at::ones({2, 1}, at::kBool))}});
  damage(bytes_in(folder_ / "a.npz"));
}

}  // namespace
}  // namespace rollingdepth::testing
