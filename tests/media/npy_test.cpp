#include "media/npy.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <string>

#include "data_file.hpp"
#include "error_matchers.hpp"
#include "file_size_limit.hpp"
#include "media/npy_header.hpp"
#include "temporary_folder.hpp"
#include "write/depth_files.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using testing::data_file;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::FileSizeLimit;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using ::testing::StartsWith;
using testing::TemporaryFolder;

void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A version 1 file with this header text and `value_bytes` zeros behind it.
std::string npy_with(const std::string& header, std::size_t value_bytes) {
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header + std::string(value_bytes, '\0');
}

std::string complaint_about(const std::string& bytes) {
  const TemporaryFolder folder;
  write_bytes(folder / "a.npy", bytes);
  return message_of(ErrorKind::kInput, [&] { read_npy(folder / "a.npy"); });
}

class NpyDtype : public ::testing::TestWithParam<c10::ScalarType> {};

TEST_P(NpyDtype, ComesBackAsWritten) {
  const TemporaryFolder folder;
  const at::Tensor written = at::arange(24).reshape({2, 3, 4}).to(GetParam());
  write_npy(folder / "a.npy", written);
  const at::Tensor back = read_npy(folder / "a.npy");
  ASSERT_EQ(back.scalar_type(), GetParam());
  ASSERT_EQ(back.sizes(), written.sizes());
  EXPECT_EQ(std::memcmp(back.const_data_ptr(), written.const_data_ptr(), written.nbytes()), 0);
  EXPECT_THAT(folder.names(), ElementsAre("a.npy"));
}

INSTANTIATE_TEST_SUITE_P(Npy, NpyDtype,
                         ::testing::Values(at::kFloat, at::kDouble, at::kHalf, at::kByte, at::kChar,
                                           at::kShort, at::kInt, at::kLong, at::kUInt16,
                                           at::kUInt32, at::kUInt64, at::kBool));

TEST(Npy, ShapesOfAnyRankComeBack) {
  const TemporaryFolder folder;
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{}, {5}, {0, 4}, {1, 2, 3, 4, 5}}) {
    write_npy(folder / "a.npy", at::ones(shape));
    EXPECT_EQ(read_npy(folder / "a.npy").sizes(), c10::IntArrayRef(shape));
  }
}

TEST(Npy, TransposedTensorIsWrittenInItsOwnOrder) {
  const TemporaryFolder folder;
  const at::Tensor rows = at::arange(6, at::kFloat).reshape({2, 3});
  write_npy(folder / "a.npy", rows.t());
  EXPECT_TRUE(at::equal(read_npy(folder / "a.npy"), rows.t()));
}

TEST(Npy, HeaderIsTheOneThatNumpyWrites) {
  const std::string header = npy_header(at::kFloat, {2, 3});
  EXPECT_THAT(header, StartsWith(std::string("\x93NUMPY\x01\x00\x76\x00", 10) +
                                 "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } "));
  EXPECT_THAT(header, EndsWith("\n"));
  EXPECT_THAT(npy_header(at::kLong, {7}), HasSubstr("'shape': (7,), "));
  EXPECT_THAT(npy_header(at::kLong, {}), HasSubstr("'shape': (), "));
}

TEST(Npy, HeaderFillsWhole64Bytes) {
  std::vector<std::int64_t> shape;
  for (int rank = 0; rank < 30; ++rank, shape.push_back(rank * 1000 + 1)) {
    EXPECT_EQ(npy_header(at::kFloat, shape).size() % 64, 0U) << rank;
  }
}

TEST(Npy, FileFromNumpyIsRewrittenToTheSameBytes) {
  const TemporaryFolder folder;
  const auto recorded = data_file("picture/depth.npy");
  write_npy(folder / "a.npy", read_npy(recorded));
  EXPECT_EQ(read_bytes(folder / "a.npy"), read_bytes(recorded));
}

TEST(Npy, Version2HasALongerLengthField) {
  const TemporaryFolder folder;
  const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n";
  std::string bytes("\x93NUMPY\x02\x00", 8);
  bytes += {static_cast<char>(header.size()), 0, 0, 0};
  write_bytes(folder / "a.npy", bytes + header + "\x05\x06");
  EXPECT_TRUE(at::equal(read_npy(folder / "a.npy"), at::tensor({5, 6}, at::kByte)));
}

TEST(Npy, MissingFileIsNamed) {
  EXPECT_THAT(message_of(ErrorKind::kInput, [] { read_npy("absent.npy"); }),
              HasSubstr("cannot read absent.npy: No such file or directory"));
}

TEST(Npy, OtherFileIsRefused) {
  EXPECT_THAT(complaint_about(""), EndsWith("a.npy: not an .npy file"));
  EXPECT_THAT(complaint_about("PK\x03\x04 and so on"), EndsWith("not an .npy file"));
}

TEST(Npy, TruncatedFileIsRefused) {
  const std::string whole = npy_header(at::kFloat, {2, 3}) + std::string(24, 'x');
  for (std::size_t size = 6; size < whole.size(); size += 5) {
    EXPECT_THAT(complaint_about(whole.substr(0, size)), HasSubstr("cut short")) << size;
  }
  EXPECT_THAT(complaint_about(whole.substr(0, whole.size() - 1)),
              HasSubstr("23 of 24 bytes of values are there"));
}

TEST(Npy, UnsupportedContentIsRefusedWithTheReason) {
  EXPECT_THAT(
      complaint_about(npy_with("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }", 8)),
      HasSubstr("Fortran order is not supported"));
  EXPECT_THAT(
      complaint_about(npy_with("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", 8)),
      HasSubstr("values of type '>f4' are not supported"));
  EXPECT_THAT(complaint_about(npy_with(
                  "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,), }", 8)),
              HasSubstr("arrays of records are not supported"));
}

TEST(Npy, DamagedHeaderIsRefused) {
  EXPECT_THAT(complaint_about(npy_with("{'descr': '<f4', 'shape': (2,), }", 8)),
              HasSubstr("no 'fortran_order'"));
  EXPECT_THAT(
      complaint_about(npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", 8)),
      HasSubstr("damaged header"));
  EXPECT_THAT(
      complaint_about(npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (x,), }", 8)),
      HasSubstr("damaged header"));
  std::string axes;
  for (int i = 0; i < 65; ++i) axes += "1, ";
  EXPECT_THAT(complaint_about(npy_with(
                  "{'descr': '<f4', 'fortran_order': False, 'shape': (" + axes + "), }", 8)),
              HasSubstr("too many axes"));
  // 2^33 squared elements do not fit 64 bits; 2^33 do, but not the file.
  EXPECT_THAT(complaint_about(npy_with("{'descr': '<f4', 'fortran_order': False, "
                                       "'shape': (8589934592, 8589934592), }",
                                       8)),
              HasSubstr("too large"));
  EXPECT_THAT(complaint_about(npy_with("{'descr': '<f4', 'fortran_order': False, "
                                       "'shape': (8589934592,), }",
                                       8)),
              HasSubstr("cut short"));
}

TEST(Npy, FullDiskIsReportedAndLeavesNothing) {
  const TemporaryFolder folder;
  const FileSizeLimit limit(100);
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { write_npy(folder / "a.npy", at::ones({9})); }),
              AllOf(HasSubstr("cannot write"), HasSubstr("a.npy"), HasSubstr("File too large")));
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(Npy, MissingFolderIsReported) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of(ErrorKind::kOutput,
                         [&] { write_npy(folder / "absent" / "a.npy", at::ones({9})); }),
              HasSubstr("No such file or directory"));
}

DepthClipInfo clip_of(std::int64_t frames) {
  DepthClipInfo info;
  info.frames = frames;
  info.height_px = 3;
  info.width_px = 5;
  return info;
}

TEST(NpySink, StreamsFramesIntoOneArray) {
  const TemporaryFolder folder;
  const at::Tensor depth = at::rand({4, 3, 5});
  auto sink = make_npy_sink(folder / "clip_pred.npy");
  sink->begin(clip_of(4));
  for (std::int64_t n = 0; n < 4; ++n) sink->write(depth[n], n);
  EXPECT_THAT(folder.names(), ElementsAre("clip_pred.npy.partial"));
  sink->finish();
  EXPECT_THAT(folder.names(), ElementsAre("clip_pred.npy"));
  EXPECT_TRUE(at::equal(read_npy(folder / "clip_pred.npy"), depth));
}

TEST(NpySink, UnfinishedFileIsRemoved) {
  const TemporaryFolder folder;
  {
    auto sink = make_npy_sink(folder / "clip_pred.npy");
    sink->begin(clip_of(4));
    sink->write(at::rand({3, 5}), 0);
    EXPECT_ANY_THROW(sink->finish()) << "3 frames are missing";
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(NpySink, RefusesFramesThatWereNotAnnounced) {
  const TemporaryFolder folder;
  auto sink = make_npy_sink(folder / "clip_pred.npy");
  sink->begin(clip_of(1));
  EXPECT_THROW(sink->write(at::rand({5, 3}), 0), Error);
  EXPECT_THROW(sink->write(at::rand({3, 5}, at::kDouble), 0), Error);
  sink->write(at::rand({3, 5}), 0);
  EXPECT_THROW(sink->write(at::rand({3, 5}), 1), Error);
}

TEST(NpySink, FullDiskIsReportedAndLeavesNothing) {
  const TemporaryFolder folder;
  const FileSizeLimit limit(100);
  {
    auto sink = make_npy_sink(folder / "a.npy");
    EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { sink->begin(clip_of(1)); }),
                HasSubstr("File too large"));
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

}  // namespace
}  // namespace rollingdepth
