#include "raster.hpp"

#include <array>

Camera Camera::looking(Vec3 eye, float yaw, float pitch, float roll) {
  Camera camera;
  camera.position = eye;
  camera.camera_from_world = rotation_z(roll) * rotation_x(pitch) * rotation_y(-yaw);
  return camera;
}

namespace {

// In double: the ground's triangles reach from the near plane to the horizon, a million pixels on
// the screen, and in float their inverse depth at the horizon comes out as that of the near.
struct ScreenVertex {
  double x, y, inverse_z;
};

constexpr int kNarrow_px = 6;  // Shorter rows are not worth being narrowed.

// Narrows [first, last] to where `value` + (x - x0) * `slope` >= 0, but for one pixel on each side.
void narrow(double value, double slope, int x0, int& first, int& last) {
  if (slope == 0) return;
  const double edge = std::clamp(x0 - value / slope, -1e6, 1e6);
  if (slope > 0) {
    first = std::max(first, static_cast<int>(edge));
  } else {
    last = std::min(last, static_cast<int>(edge) + 1);
  }
}

// One screen triangle, by its edge functions at pixel centres; 1/z is linear on the screen.
void fill(const ScreenVertex& a, const ScreenVertex& b, const ScreenVertex& c, std::uint32_t index,
          Visibility& out) {
  const double area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
  if (std::abs(area) < 1e-9) return;
  const auto clip = [](double v, int limit) {
    return static_cast<int>(std::clamp(v, -1.0, static_cast<double>(limit)));
  };
  const int x0 = std::max(clip(std::ceil(std::min({a.x, b.x, c.x}) - 0.5), out.width_px), 0);
  const int x1 =
      std::min(clip(std::floor(std::max({a.x, b.x, c.x}) - 0.5), out.width_px), out.width_px - 1);
  const int y0 = std::max(clip(std::ceil(std::min({a.y, b.y, c.y}) - 0.5), out.height_px), 0);
  const int y1 =
      std::min(clip(std::floor(std::max({a.y, b.y, c.y}) - 0.5), out.height_px), out.height_px - 1);
  if (x0 > x1) return;
  const double inverse_area = 1 / area;
  // w_b and w_c are the weights of b and c; the rest belongs to a.
  const double b_dx = (c.y - a.y) * inverse_area, b_dy = -(c.x - a.x) * inverse_area;
  const double c_dx = -(b.y - a.y) * inverse_area, c_dy = (b.x - a.x) * inverse_area;
  const double z_b = b.inverse_z - a.inverse_z, z_c = c.inverse_z - a.inverse_z;
  for (int y = y0; y <= y1; ++y) {
    const double py = y + 0.5 - a.y;
    int first = x0, last = x1;
    if (x1 - x0 > kNarrow_px) {
      const double px = x0 + 0.5 - a.x;
      const double w_b = px * b_dx + py * b_dy, w_c = px * c_dx + py * c_dy;
      narrow(w_b, b_dx, x0, first, last);
      narrow(w_c, c_dx, x0, first, last);
      narrow(1 - w_b - w_c, -b_dx - c_dx, x0, first, last);
    }
    const double px = first + 0.5 - a.x;
    double w_b = px * b_dx + py * b_dy, w_c = px * c_dx + py * c_dy;
    const std::size_t row = static_cast<std::size_t>(y) * static_cast<std::size_t>(out.width_px);
    for (int x = first; x <= last; ++x, w_b += b_dx, w_c += c_dx) {
      if (w_b < 0 || w_c < 0 || w_b + w_c > 1) continue;
      const auto inverse_z = static_cast<float>(a.inverse_z + w_b * z_b + w_c * z_c);
      float& nearest = out.inverse_depth[row + static_cast<std::size_t>(x)];
      if (inverse_z <= nearest) continue;
      nearest = inverse_z;
      out.triangle[row + static_cast<std::size_t>(x)] = index;
    }
  }
}

}  // namespace

Visibility rasterize(const std::vector<WorldTriangle>& triangles, const Camera& camera) {
  const auto pixels =
      static_cast<std::size_t>(camera.width_px) * static_cast<std::size_t>(camera.height_px);
  Visibility out{camera.width_px, camera.height_px, std::vector<float>(pixels, 0.0F),
                 std::vector<std::uint32_t>(pixels, Visibility::kNothing)};
  rasterize_into(out, triangles, camera);
  return out;
}

void rasterize_into(Visibility& out, const std::vector<WorldTriangle>& triangles,
                    const Camera& camera) {
  const auto project = [&](Vec3 p) {
    const double inverse_z = 1.0 / p.z, scale = camera.focal_px * inverse_z;
    return ScreenVertex{camera.center_x() + p.x * scale, camera.center_y() - p.y * scale,
                        inverse_z};
  };
  for (std::uint32_t i = 0; i < triangles.size(); ++i) {
    std::array<Vec3, 3> corner;
    int in_front = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      corner[k] = camera.to_camera(triangles[i].position[k]);
      in_front += corner[k].z > kNearPlane_m ? 1 : 0;
    }
    if (in_front == 0) continue;
    if (in_front == 3) {
      fill(project(corner[0]), project(corner[1]), project(corner[2]), i, out);
      continue;
    }
    // Clipped at the near plane: three or four corners remain, drawn as a fan.
    std::array<Vec3, 4> kept;
    std::size_t count = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const Vec3 from = corner[k], to = corner[(k + 1) % 3];
      const bool from_in = from.z > kNearPlane_m, to_in = to.z > kNearPlane_m;
      if (from_in) kept[count++] = from;
      if (from_in != to_in)
        kept[count++] = mix(from, to, (kNearPlane_m - from.z) / (to.z - from.z));
    }
    for (std::size_t k = 2; k < count; ++k) {
      fill(project(kept[0]), project(kept[k - 1]), project(kept[k]), i, out);
    }
  }
}
