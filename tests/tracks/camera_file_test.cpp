#include "tracks/camera_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>

#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFolder;

constexpr FrameSize kSize{.width_px = 640, .height_px = 480};

class CameraFile : public ::testing::Test {
 protected:
  Camera read(const std::string& name, const std::string& text, FrameSize size = kSize) {
    std::ofstream(folder_ / name) << text;
    return read_camera(folder_ / name, size);
  }
  std::string refusal(const std::string& name, const std::string& text) {
    return message_of(ErrorKind::kInput, [&] { read(name, text); });
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(CameraFile, IsReadAsColmapWritesIt) {
  const Camera camera = read("cameras.txt",
                             "# Camera list with one line of data per camera:\n"
                             "#   CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n"
                             "# Number of cameras: 1\n"
                             "1 OPENCV 640 480 500.5 501 320 240 -0.1 0.02 0.001 -0.002\n");
  EXPECT_EQ(camera.fx_px, 500.5);
  EXPECT_EQ(camera.fy_px, 501);
  EXPECT_EQ(camera.cx_px, 320);
  EXPECT_EQ(camera.cy_px, 240);
  EXPECT_THAT(camera.distortion, ElementsAre(-0.1, 0.02, 0.001, -0.002, 0));
  EXPECT_EQ(camera.source, "cameras.txt (COLMAP, OPENCV)");
}

TEST_F(CameraFile, HasOneFocalLengthInTheSimpleModels) {
  for (const auto& [line, k1, k2] : {std::tuple{"1 SIMPLE_PINHOLE 640 480 500 310 230", 0., 0.},
                                     std::tuple{"1 SIMPLE_RADIAL 640 480 500 310 230 0.1", .1, 0.},
                                     std::tuple{"1 RADIAL 640 480 500 310 230 0.1 0.2", .1, .2},
                                     std::tuple{"1 PINHOLE 640 480 500 500 310 230", 0., 0.}}) {
    const Camera camera = read("cameras.txt", line);
    EXPECT_EQ(camera.fx_px, 500) << line;
    EXPECT_EQ(camera.fy_px, 500) << line;
    EXPECT_EQ(camera.cx_px, 310) << line;
    EXPECT_EQ(camera.cy_px, 230) << line;
    EXPECT_THAT(camera.distortion, ElementsAre(k1, k2, 0, 0, 0)) << line;
  }
}

constexpr const char* kYaml =
    "%YAML:1.0\n---\n"
    "image_width: 640\nimage_height: 480\n"
    "camera_matrix: !!opencv-matrix\n   rows: 3\n   cols: 3\n   dt: d\n"
    "   data: [ 600., 0., 319.5, 0., 610., 239.5, 0., 0., 1. ]\n"
    "distortion_coefficients: !!opencv-matrix\n   rows: 1\n   cols: 5\n   dt: d\n"
    "   data: [ 0.1, -0.2, 0.003, 0.004, 0.05 ]\n";

constexpr const char* kRos =
    "image_width: 640\nimage_height: 480\ncamera_name: narrow_stereo\n"
    "camera_matrix:\n  rows: 3\n  cols: 3\n"
    "  data: [600.0, 0.0, 319.5,\n         0.0, 610.0, 239.5, 0.0, 0.0, 1.0]\n"
    "distortion_model: plumb_bob\n"
    "distortion_coefficients: {rows: 1, cols: 5, data: [0.1, -2e-1, 0.003, 0.004, 0.05]}\n";

// OpenCV counts from the centre of the first pixel: 319.5 is the middle of 640.
TEST_F(CameraFile, IsReadAsOpenCvWritesIt) {
  const Camera camera = read("camera.yml", kYaml);
  EXPECT_EQ(camera.fx_px, 600);
  EXPECT_EQ(camera.fy_px, 610);
  EXPECT_EQ(camera.cx_px, 320);
  EXPECT_EQ(camera.cy_px, 240);
  EXPECT_THAT(camera.distortion, ElementsAre(0.1, -0.2, 0.003, 0.004, 0.05));
}

TEST_F(CameraFile, IsReadAsOpenCvWritesItInXml) {
  const Camera camera = read("camera.xml",
                             "<?xml version=\"1.0\"?>\n<opencv_storage>\n"
                             "<camera_matrix type_id=\"opencv-matrix\">\n  <rows>3</rows>\n"
                             "  <cols>3</cols>\n  <dt>d</dt>\n  <data>\n"
                             "    600. 0. 319.5 0. 610. 239.5 0. 0. 1.</data></camera_matrix>\n"
                             "</opencv_storage>\n");
  EXPECT_EQ(camera.fx_px, 600);
  EXPECT_EQ(camera.fy_px, 610);
  EXPECT_EQ(camera.cx_px, 320);
  EXPECT_EQ(camera.cy_px, 240);
}

// As people and other programs write it: blanks, a plus, comments, lists.
TEST_F(CameraFile, IsReadFromXmlOfOthers) {
  const Camera camera = read("camera.xml",
                             "\xef\xbb\xbf<?xml version='1.0'?>\r\n<opencv_storage>\r\n"
                             "<image_width> 640 </image_width><image_height>\n480</image_height>"
                             "<K><rows> 3 </rows><cols>3</cols><data>+600. 0 319.5 <!-- no -->\n"
                             "0 610 239.5 0 0 1</data></K>"
                             "<dist_coeffs><rows>2</rows><cols>1</cols>"
                             "<data><_>0.1</_><_>-0.2</_></data></dist_coeffs>"
                             "<fisheye_model> 0 </fisheye_model></opencv_storage>\n");
  EXPECT_EQ(camera.fx_px, 600);
  EXPECT_EQ(camera.fy_px, 610);
  EXPECT_THAT(camera.distortion, ElementsAre(0.1, -0.2, 0, 0, 0));
}

// OpenCV adds to a file by a document of its own. Of two fields with one name the first counts.
TEST_F(CameraFile, IsReadFromSeveralDocuments) {
  std::string yaml = kYaml;
  const std::string documents = "...\n---\nimage_width: 320\nfisheye_model: ";
  EXPECT_EQ(read("camera.yml", yaml + documents + "0\n").fx_px, 600);
  EXPECT_THAT(refusal("camera.yml", yaml + documents + "1\n"), HasSubstr("is a fisheye"));
}

// Some kB of aliases would be gigabytes, written out.
TEST_F(CameraFile, WithManyAliasesIsReadAtOnce) {
  std::ostringstream yaml;
  yaml << "x: &x [1";
  for (int i = 0; i < 20'000; ++i) yaml << ",1";
  yaml << "]\na: &a\n";
  for (int i = 0; i < 2'000; ++i) yaml << "  k" << i << ": *x\n";
  for (int i = 0; i < 2'000; ++i) yaml << "z" << i << ": *a\ndistCoeffs: *x\n";
  yaml << "distCoeffs: *a\n" << kRos;
  EXPECT_EQ(read("camera.yml", yaml.str()).fx_px, 600);
}

TEST_F(CameraFile, OfAnotherSizeIsRefused) {
  EXPECT_THAT(refusal("cameras.txt", "1 PINHOLE 1280 960 500 500 310 230"),
              HasSubstr("it is of 1280x960 pixels, the video of 640x480"));
  std::string yaml = kYaml;
  yaml.replace(yaml.find("640"), 3, "320");
  EXPECT_THAT(refusal("camera.yml", yaml), HasSubstr("it is of 320x480 pixels"));
}

TEST_F(CameraFile, ThatCannotBeTakenIsRefused) {
  EXPECT_THAT(refusal("cameras.txt", "# none\n"), HasSubstr("no camera"));
  EXPECT_THAT(refusal("cameras.txt", "1 PINHOLE 640 480 1 1 1 1\n2 PINHOLE 640 480 1 1 1 1\n"),
              HasSubstr("2 cameras"));
  EXPECT_THAT(refusal("cameras.txt", "1 PINHOLE 640 480 500 310 230"), HasSubstr("4 numbers"));
  EXPECT_THAT(refusal("cameras.txt", "1 FOV 640 480 500 500 310 230 1"), HasSubstr("FOV"));
  EXPECT_THAT(refusal("cameras.txt", "1 PINHOLE 640 480 nan 500 310 230"),
              HasSubstr("'nan' is not a number"));
  EXPECT_THAT(refusal("cameras.txt", "1 PINHOLE 640 480 0 500 310 230"), HasSubstr("focal length"));
  EXPECT_THAT(refusal("camera.yml", "%YAML:1.0\n---\na: 1\n"), HasSubstr("no camera_matrix"));
  EXPECT_THAT(refusal("camera.yml", "%YAML:1.0\n---\ncamera_matrix: [[[\n"),
              HasSubstr("its YAML is damaged"));
  EXPECT_THAT(refusal("camera.json", "{}"), HasSubstr("ends neither in .txt"));
  std::string fisheye = kYaml;
  fisheye.replace(fisheye.find("cols: 5"), 7, "cols: 8");
  fisheye.replace(fisheye.find("0.05 ]"), 6, "0.05, 0.1, 0, 0 ]");
  EXPECT_THAT(refusal("camera.yml", fisheye), HasSubstr("its lens has more than"));
}

TEST_F(CameraFile, IsReadAsRosWritesIt) {
  const Camera camera = read("camera.yaml", kRos);
  EXPECT_EQ(camera.fy_px, 610);
  EXPECT_EQ(camera.cx_px, 320);
  EXPECT_THAT(camera.distortion, ElementsAre(0.1, -0.2, 0.003, 0.004, 0.05));
}

TEST_F(CameraFile, IsReadAsOpenCvWritesItInJson) {
  const Camera camera =
      read("camera.yml",
           "{\"K\": {\"type_id\": \"opencv-matrix\", \"rows\": 3, \"cols\": 3, \"dt\": \"d\", "
           "\"data\": [600.0, 0.0, 319.5, 0.0, 610.0, 239.5, 0.0, 0.0, 1.0]}}");
  EXPECT_EQ(camera.fx_px, 600);
}

// Their numbers are those of another formula.
TEST_F(CameraFile, WithAFisheyeIsRefused) {
  std::string ros = kRos;
  ros.replace(ros.find("plumb_bob"), 9, "equidistant");
  EXPECT_THAT(refusal("camera.yml", ros), HasSubstr("its lens is 'equidistant'"));
  ros.replace(ros.find("equidistant"), 11, R"("two\nlines")");
  EXPECT_THAT(refusal("camera.yml", ros), HasSubstr("its lens is 'two lines'"));
  EXPECT_THAT(refusal("camera.yml", kYaml + std::string("fisheye_model: 1\n")),
              HasSubstr("its lens is a fisheye"));
  EXPECT_EQ(read("camera.yml", kYaml + std::string("fisheye_model: 0\n")).fx_px, 600);
}

constexpr const char* kRosMessage =
    "header:\n  seq: 7\n  stamp:\n    secs: 1\n  frame_id: \"camera\"\n"
    "height: 480\nwidth: 640\ndistortion_model: \"plumb_bob\"\n"
    "D: [0.1, -0.2, 0.003, 0.004, 0.05]\n"
    "K: [600.0, 0.0, 319.5, 0.0, 610.0, 239.5, 0.0, 0.0, 1.0]\n"
    "R: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]\n"
    "roi:\n  height: 0\n  width: 0\n  do_rectify: False\n---\n"
    "K: [1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0]\n---\n";

constexpr const char* kRos2Message =
    "height: 480\nwidth: 640\ndistortion_model: plumb_bob\n"
    "d:\n- 0.1\n- -0.2\n- 0.003\n- 0.004\n- 0.05\n"
    "k:\n- 600.0\n- 0.0\n- 319.5\n- 0.0\n- 610.0\n- 239.5\n- 0.0\n- 0.0\n- 1.0\n---\n";

TEST_F(CameraFile, IsReadFromTheMessagesOfBothRos) {
  for (const char* message : {kRosMessage, kRos2Message}) {
    const Camera camera = read("info.yaml", message);
    EXPECT_EQ(camera.fx_px, 600) << message;
    EXPECT_EQ(camera.fy_px, 610) << message;
    EXPECT_EQ(camera.cx_px, 320) << message;
    EXPECT_EQ(camera.cy_px, 240) << message;
    EXPECT_THAT(camera.distortion, ElementsAre(0.1, -0.2, 0.003, 0.004, 0.05)) << message;
    EXPECT_EQ(camera.source, "info.yaml (ROS)");
  }
}

TEST_F(CameraFile, OfAMessageHasNoLensOrOneThatIsKnownAndTheSizeOfTheVideo) {
  std::string message = kRosMessage;
  message.replace(message.find("0.1, -0.2, 0.003, 0.004, 0.05"), 29, "");
  EXPECT_THAT(read("info.yaml", message).distortion, ElementsAre(0, 0, 0, 0, 0));
  std::string fisheye = kRosMessage;
  fisheye.replace(fisheye.find("plumb_bob"), 9, "equidistant");
  EXPECT_THAT(refusal("info.yaml", fisheye), HasSubstr("its lens is 'equidistant'"));
  fisheye.replace(fisheye.find("0.1, -0.2, 0.003, 0.004, 0.05"), 29, "0, 0, 0, 0");
  EXPECT_THAT(refusal("info.yaml", fisheye), HasSubstr("its lens is 'equidistant'"));
  std::string larger = kRos2Message;
  larger.replace(larger.find("640"), 3, "641");
  EXPECT_THAT(refusal("info.yaml", larger), HasSubstr("it is of 641x480 pixels"));
  std::string short_of_one = kRos2Message;
  short_of_one.replace(short_of_one.find("- 1.0\n"), 6, "");
  EXPECT_THAT(refusal("info.yaml", short_of_one), HasSubstr("k has not the 9 numbers"));
  // As a driver without calibration, and a simulator without a lens, send it.
  const std::string plain = "height: 480\nwidth: 640\ndistortion_model: ''\nD: []\nK: ";
  EXPECT_THAT(refusal("info.yaml", plain + "[0, 0, 0, 0, 0, 0, 0, 0, 0]\n"),
              HasSubstr("its focal length is not above 0"));
  const Camera camera = read("info.yaml", plain + "[600, 0, 320, 0, 600, 240, 0, 0, 1]\n");
  EXPECT_THAT(camera.distortion, ElementsAre(0, 0, 0, 0, 0));
}

TEST_F(CameraFile, OfOpenCvIsNoMessageWhateverElseStandsInIt) {
  const std::string others = "width: 1\nheight: 1\nK: [1, 0, 1, 0, 1, 1, 0, 0, 1]\nk: 0.04\nd: x\n";
  const Camera camera = read("camera.yml", kYaml + others);
  EXPECT_EQ(camera.fx_px, 600);
  EXPECT_THAT(camera.distortion, ElementsAre(0.1, -0.2, 0.003, 0.004, 0.05));
  EXPECT_EQ(camera.source, "camera.yml (OpenCV)");
}

// What OpenCV's own parsers throw std::length_error for, stay in for ever, or end the program by.
TEST_F(CameraFile, ThatIsDamagedIsRefused) {
  using namespace std::string_literals;
  for (const auto& [text, why] :
       {std::pair{"%YAML:1.0\n---\nK: !!opencv-matrix\n   rows: 3\n   : 0\n   cols: 3\n"s,
                  "K is no matrix"},
        {"%YAML:1.0\n   a: 0\n--\n - b\n", "it has no camera_matrix"},
        {"a: 1\nb: c: 2\n", "its YAML is damaged in line 2"},
        {"%YAML:a_Matrix.c@mx\n , mer", "it is neither YAML nor XML with names"},
        {"a: 1\n...\n---\nb: 2\nc: d: 3\n", "its YAML is damaged in line 5"},
        {"K: 1\n", "K is no matrix"},
        {"width: 640\nheight: 480\nK: 1\n", "K has not the 9 numbers of a 3x3 matrix"},
        {"width: 640\nheight: 480\nk: []\n", "it has no camera_matrix"},
        {"K: [600, 0, 320, 0, 600, 240, 0, 0, 1]\n", "K is no matrix"},
        {"dist_coeffs: [0.1]\ncameraMatrix: [1, 2]\n", "cameraMatrix is no matrix"},
        {"{\"K\": ", "its YAML is damaged in line"},
        {"- 1\n", "it is neither YAML nor XML with names"},
        {" \n", "it is empty"},
        {"<?xml version=\0\0.0\"?><opencv_storage></opencv_storage>"s, "it is no text"},
        {"<?xml vers=", "its XML is damaged in line 1"},
        {"<?xml version=\"1.0\"?>\n<opencv_storage><K type_id=", "its XML is damaged in line 2"},
        {"<?xml version=\"1.0\"?><other/>", "it is no file of OpenCV"}}) {
    EXPECT_THAT(refusal("camera.yml", text), HasSubstr(why)) << text;
  }
}

// OpenCV would take the memory of 600,000,000 rows.
TEST_F(CameraFile, WithAMatrixOfAnotherSizeThanItsValuesIsRefused) {
  std::string claims = kYaml;
  claims.replace(claims.find("rows: 3"), 7, "rows: 600000000");
  EXPECT_THAT(refusal("camera.yml", claims),
              HasSubstr("camera_matrix has not as many values as its size says"));
  std::string lens = kYaml;
  lens.replace(lens.find("rows: 1"), 7, "rows: -1");
  EXPECT_THAT(refusal("camera.yml", lens), HasSubstr("distortion_coefficients has not as many"));
  std::string axes = kYaml;
  axes.replace(axes.find("rows: 3\n   cols: 3"), 18, "sizes: [ 3, 3, 1 ]");
  EXPECT_THAT(refusal("camera.yml", axes), HasSubstr("camera_matrix is no matrix"));
}

TEST_F(CameraFile, ThatIsLongIsRefusedInShort) {
  std::string lines = kYaml;
  lines.append(1'000'000, '\n');
  EXPECT_THAT(refusal("camera.yml", lines), HasSubstr("too large"));
  std::string word = kYaml;
  word.insert(word.find("600."), 100'000, 'x');
  EXPECT_THAT(refusal("camera.yml", word), HasSubstr("xxxxx…' is not a number"));
}

}  // namespace
}  // namespace rollingdepth
