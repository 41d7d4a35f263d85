#include "write/point_cloud.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "error_matchers.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

constexpr double kFocal = 60, kCx = 30.5, kCy = 25.25;
constexpr FrameSize kSize{.width_px = 64, .height_px = 48};

std::array<double, 2> line_through(double x, double y) {
  return {(x - kCx) / kFocal, (y - kCy) / kFocal};
}

at::Tensor lines() { return pixel_sight_lines({.at_unit_distance = &line_through}, kSize, kSize); }

/// What stands in the scene: a tilted plane, and a sphere before it.
double plane_z(double x, double y) { return 4 / (1 + 0.3 * x - 0.2 * y); }
constexpr double kSphereX = 0.1, kSphereY = -0.05, kSphereZ = 2.5, kRadius = 0.6;
std::optional<double> sphere_z(double x, double y) {
  const double a = x * x + y * y + 1;
  const double b = x * kSphereX + y * kSphereY + kSphereZ;
  const double c = kSphereX * kSphereX + kSphereY * kSphereY + kSphereZ * kSphereZ;
  const double root = b * b - a * (c - kRadius * kRadius);
  if (root < 0) return std::nullopt;
  return (b - std::sqrt(root)) / a;
}

/// Metres along the optical axis, as the camera sees them, [48, 64].
at::Tensor scene() {
  at::Tensor depth = at::empty({kSize.height_px, kSize.width_px}, at::kFloat);
  for (std::int64_t row = 0; row < kSize.height_px; ++row) {
    for (std::int64_t column = 0; column < kSize.width_px; ++column) {
      const auto [x, y] =
          line_through(static_cast<double>(column) + 0.5, static_cast<double>(row) + 0.5);
      depth[row][column] = sphere_z(x, y).value_or(plane_z(x, y));
    }
  }
  return depth;
}

/// How far a point is from the nearer of the surfaces, as a share of its distance.
double error_of(const ColoredPoint& point) {
  const double x = point.x, y = point.y, z = point.z;
  const double from_plane = std::abs(z + 0.3 * x - 0.2 * y - 4);
  const double from_sphere =
      std::abs(std::hypot(x - kSphereX, y - kSphereY, z - kSphereZ) - kRadius);
  return std::min(from_plane, from_sphere) / z;
}

at::Tensor colors() {
  return at::arange(3 * kSize.width_px * kSize.height_px, at::kInt)
      .remainder(251)
      .to(at::kByte)
      .reshape({3, kSize.height_px, kSize.width_px});
}

DepthClipInfo info_of(const at::Tensor& depth, DepthValues values) {
  const at::Tensor finite = depth.masked_select(depth.isfinite());
  DepthClipInfo info;
  info.frames = 1;
  info.height_px = depth.size(0);
  info.width_px = depth.size(1);
  info.min = finite.min().item<float>();
  info.max = finite.max().item<float>();
  info.values = values;
  return info;
}

std::vector<ColoredPoint> cloud(const at::Tensor& depth, const PointCloudOptions& options,
                                DepthValues values = DepthValues::kMetres) {
  const DistanceScale scale(info_of(depth, values), options);
  return point_cloud(depth, colors(), lines(), scale, options);
}

/// Everything that has a distance.
PointCloudOptions unfiltered() { return {.edge = 0, .sky = 0}; }

TEST(PointCloud, LiesOnTheSurfacesThatTheCameraSees) {
  const std::vector<ColoredPoint> points = cloud(scene(), unfiltered());
  ASSERT_EQ(points.size(), 64U * 48U);
  double largest = 0;
  for (const ColoredPoint& point : points) largest = std::max(largest, error_of(point));
  EXPECT_LT(largest, 1e-6);  // A few roundings of float32.
  const at::Tensor rgb = colors();
  EXPECT_EQ(points[70].red, rgb[0][1][6].item<std::uint8_t>());
  EXPECT_EQ(points[70].green, rgb[1][1][6].item<std::uint8_t>());
  EXPECT_EQ(points[70].blue, rgb[2][1][6].item<std::uint8_t>());
}

// The nearest and farthest of the scene are told, the values are their inverse up to scale and
// shift: nothing else is missing.
TEST(PointCloud, LiesThereAlsoOfRelativeInverseDepthWithItsEnds) {
  const at::Tensor metres = scene();
  PointCloudOptions options = unfiltered();
  options.near_metres = metres.min().item<float>();
  options.far_metres = metres.max().item<float>();
  const at::Tensor inverse = metres.reciprocal() * 3 - 0.7;
  const std::vector<ColoredPoint> points = cloud(inverse, options, DepthValues::kRelativeInverse);
  ASSERT_EQ(points.size(), 64U * 48U);
  double largest = 0;
  for (const ColoredPoint& point : points) largest = std::max(largest, error_of(point));
  EXPECT_LT(largest, 1e-5);  // The inverse is rounded before its ends are stretched.
}

TEST(PointCloud, OfRelativeDepthLiesBetweenOneAndTen) {
  const std::vector<ColoredPoint> points =
      cloud(scene().reciprocal(), unfiltered(), DepthValues::kAffineInverse);
  float nearest = 100, farthest = 0;
  for (const ColoredPoint& point : points) {
    nearest = std::min(nearest, point.z);
    farthest = std::max(farthest, point.z);
  }
  EXPECT_FLOAT_EQ(nearest, 1);
  EXPECT_FLOAT_EQ(farthest, 10);
}

TEST(PointCloud, HasNoPointOfWhatIsNoDistance) {
  at::Tensor depth = scene();
  depth[0][0] = std::numeric_limits<float>::quiet_NaN();
  depth[0][1] = std::numeric_limits<float>::infinity();
  depth[0][2] = 0;
  depth[0][3] = -1;
  const std::vector<ColoredPoint> points = cloud(depth, unfiltered());
  EXPECT_EQ(points.size(), 64U * 48U - 4);
  for (const ColoredPoint& point : points) EXPECT_TRUE(std::isfinite(point.z) && point.z > 0);
}

// Two walls, 2 and 3 away, meet between columns 31 and 32.
TEST(PointCloud, DropsBothSidesOfAnEdgeAndNothingElse) {
  at::Tensor depth = at::full({kSize.height_px, kSize.width_px}, 2.0F);
  depth.narrow(1, 32, 32).fill_(3);
  PointCloudOptions options = unfiltered();
  options.edge = 0.3;  // A third of the farther.
  EXPECT_EQ(cloud(depth, options).size(), 62U * 48U);
  options.edge = 0.34;
  EXPECT_EQ(cloud(depth, options).size(), 64U * 48U);
  options.edge = 0;
  EXPECT_EQ(cloud(depth, options).size(), 64U * 48U);
}

TEST(PointCloud, KeepsASlantedPlaneWithTheDefaultFilter) {
  at::Tensor depth = at::empty({kSize.height_px, kSize.width_px});
  for (std::int64_t row = 0; row < kSize.height_px; ++row) depth[row] = 1.0 / (0.2 + 0.005 * row);
  EXPECT_EQ(cloud(depth, {}).size(), 64U * 48U);
}

// Beside a hole is no edge.
TEST(PointCloud, KeepsTheNeighboursOfWhatHasNoDistance) {
  at::Tensor depth = at::full({kSize.height_px, kSize.width_px}, 2.0F);
  depth[10][10] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(cloud(depth, {}).size(), 64U * 48U - 1);
}

// Inverse distances from 0 to 1 over the columns: the sky is the first share of them.
TEST(PointCloud, DropsTheSkyOfRelativeDepthAndOfMetresWhenAsked) {
  const at::Tensor inverse =
      (at::arange(64, at::kFloat) / 63).unsqueeze(0).repeat({kSize.height_px, 1});
  PointCloudOptions options{.edge = 0};
  EXPECT_EQ(cloud(inverse, options, DepthValues::kRelativeInverse).size(), 62U * 48U);  // 0.02
  options.sky = 0.25;  // 15.75 columns.
  EXPECT_EQ(cloud(inverse, options, DepthValues::kRelativeInverse).size(), 48U * 48U);
  const at::Tensor metres = (inverse * 0.9 + 0.1).reciprocal();
  EXPECT_EQ(cloud(metres, options).size(), 48U * 48U);
  options.sky.reset();
  EXPECT_EQ(cloud(metres, options).size(), 64U * 48U);
}

TEST(PointCloud, TakesEverySoManyColumnsAndRows) {
  PointCloudOptions options = unfiltered();
  options.stride_px = 5;
  const std::vector<ColoredPoint> points = cloud(scene(), options);
  EXPECT_EQ(points.size(), 13U * 10U);
  const std::vector<ColoredPoint> all = cloud(scene(), unfiltered());
  EXPECT_EQ(points[1].x, all[5].x);
  EXPECT_EQ(points[13].y, all[5 * 64].y);
  EXPECT_EQ(options.largest_share(kSize), 130.0 / (64 * 48));
}

std::set<std::pair<int, int>> places(const std::vector<ColoredPoint>& points) {
  std::set<std::pair<int, int>> found;
  for (const ColoredPoint& point : points) {
    found.emplace(std::lround(point.x / point.z * kFocal + kCx - 0.5),
                  std::lround(point.y / point.z * kFocal + kCy - 0.5));
  }
  return found;
}

TEST(PointCloud, HasExactlyTheMostPointsOfTheSamePixelsInEveryFrame) {
  PointCloudOptions options = unfiltered();
  options.max_points = 400;
  const std::vector<ColoredPoint> points = cloud(scene(), options);
  ASSERT_EQ(points.size(), 400U);
  EXPECT_EQ(places(points).size(), 400U);
  EXPECT_EQ(places(cloud(scene(), options)), places(points));
  EXPECT_EQ(places(cloud(at::full({kSize.height_px, kSize.width_px}, 2.0F), options)),
            places(points));
  // They are not the first ones: each quarter of the picture has about as many.
  std::array<int, 4> quarters{};
  for (const auto& [x, y] : places(points)) ++quarters[(x < 32 ? 0U : 1U) + (y < 24 ? 0U : 2U)];
  for (const int count : quarters) EXPECT_NEAR(count, 100, 30);
  options.max_points = 64 * 48;
  EXPECT_EQ(cloud(scene(), options).size(), 64U * 48U);
}

TEST(PointCloud, TurnsItsAxesForOpenGl) {
  PointCloudOptions options = unfiltered();
  const ColoredPoint before = cloud(scene(), options)[200];
  options.axes = PointAxes::kOpenGl;
  const ColoredPoint after = cloud(scene(), options)[200];
  EXPECT_EQ(after.x, before.x);
  EXPECT_EQ(after.y, -before.y);
  EXPECT_EQ(after.z, -before.z);
  EXPECT_EQ(parse_point_axes(to_string(PointAxes::kOpenGl)), PointAxes::kOpenGl);
  EXPECT_THAT(message_of(ErrorKind::kUsage, [] { parse_point_axes("maya"); }), HasSubstr("maya"));
}

TEST(PointCloud, OfOneValueIsAFlatWallAndNoSky) {
  const at::Tensor depth = at::full({kSize.height_px, kSize.width_px}, 0.25F);
  const std::vector<ColoredPoint> points = cloud(depth, {}, DepthValues::kAffineInverse);
  ASSERT_EQ(points.size(), 64U * 48U);
  EXPECT_FLOAT_EQ(points.front().z, 1);
}

// A map of half the size: its pixels' centres are corners of the clip's.
TEST(PixelSightLines, AreOfPositionsInTheClipsOwnPixels) {
  const at::Tensor half = pixel_sight_lines({.at_unit_distance = &line_through}, kSize,
                                            {.width_px = 32, .height_px = 24});
  EXPECT_FLOAT_EQ(half[0][0][0].item<float>(), static_cast<float>((1 - kCx) / kFocal));
  EXPECT_FLOAT_EQ(half[5][7][1].item<float>(), static_cast<float>((11 - kCy) / kFocal));
}

TEST(PointCloudOptions, NameWhatTheyDoNotTake) {
  const auto refusal = [](const PointCloudOptions& options) {
    return message_of(ErrorKind::kUsage, [&] { options.validate(); });
  };
  EXPECT_THAT(refusal({.near_metres = 1.0}), HasSubstr("--near: needs --far"));
  EXPECT_THAT(refusal({.far_metres = 1.0}), HasSubstr("--far: needs --near"));
  EXPECT_THAT(refusal({.near_metres = 0.0, .far_metres = 1.0}), HasSubstr("--near"));
  EXPECT_THAT(refusal({.near_metres = 2.0, .far_metres = 2.0}), HasSubstr("--far"));
  EXPECT_THAT(refusal({.stride_px = 0}), HasSubstr("--point-stride"));
  EXPECT_THAT(refusal({.edge = 1}), HasSubstr("--edge-filter"));
  EXPECT_THAT(refusal({.edge = std::nan("")}), HasSubstr("--edge-filter"));
  EXPECT_THAT(refusal({.sky = -0.1}), HasSubstr("--sky-filter"));
  EXPECT_THAT(refusal({.max_points = 0}), HasSubstr("--max-points"));
  const PointCloudOptions between{.near_metres = 1.0, .far_metres = 2.0};
  EXPECT_NO_THROW(between.validate());
  EXPECT_NO_THROW(between.require_fit(DepthValues::kAffineInverse));
  EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { between.require_fit(DepthValues::kMetres); }),
              HasSubstr("--near"));
}

TEST(DistanceScale, SaysWhatTheUnitIs) {
  const DepthClipInfo inverse = info_of(scene(), DepthValues::kAffineInverse);
  EXPECT_THAT(DistanceScale(inverse, {}).text(), HasSubstr("unit relative"));
  EXPECT_FALSE(DistanceScale(inverse, {}).is_metres());
  EXPECT_THAT(DistanceScale(inverse, {.near_metres = 2.0, .far_metres = 30.0}).text(),
              HasSubstr("unit metres: the clip's nearest value is at 2, its farthest at 30"));
  const DistanceScale metres(info_of(scene(), DepthValues::kMetres), {});
  EXPECT_THAT(metres.text(), HasSubstr("unit metres"));
  EXPECT_TRUE(metres.is_metres());
}

}  // namespace
}  // namespace rollingdepth
