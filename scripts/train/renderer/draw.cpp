#include <array>

#include "painter.hpp"

namespace {

constexpr int kSamplesPerSide = 2;
constexpr int kSamples = kSamplesPerSide * kSamplesPerSide;

std::uint8_t to_byte(float linear) {
  const float gamma = std::sqrt(std::max(linear, 0.0F));
  return static_cast<std::uint8_t>(std::clamp(gamma, 0.0F, 1.0F) * 255.0F + 0.5F);
}

// 1 to 255 for the instances that move by themselves, 0 for all others.
std::vector<std::uint8_t> object_numbers(const Scene& scene) {
  std::vector<std::uint8_t> numbers(scene.instances.size());
  std::uint8_t last = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (scene.instances[i].moves() && last < 255) numbers[i] = ++last;
  }
  return numbers;
}

// One view on its way to a picture: first what every sample sees, then its light.
class View {
 public:
  View(const Assets& assets, const Scene& scene, int view)
      : assets_(assets),
        scene_(scene),
        posed_(pose(scene, view)),
        numbers_(object_numbers(scene)),
        camera_(scene.views[static_cast<std::size_t>(view)]),
        width_(camera_.width_px),
        height_(camera_.height_px),
        world_from_camera_(transposed(camera_.camera_from_world)),
        nearest_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)),
        surfaces_(nearest_.size()) {
    camera_.width_px *= kSamplesPerSide;
    camera_.height_px *= kSamplesPerSide;
    camera_.focal_px *= kSamplesPerSide;
    visible_ = rasterize(posed_.triangles, camera_);
    for (std::size_t i = 0; i < visible_.triangle.size(); ++i) {
      const std::uint32_t triangle = visible_.triangle[i];
      if (triangle == Visibility::kNothing || !is_sky(posed_, posed_.triangles[triangle])) continue;
      visible_.triangle[i] = Visibility::kNothing;
      visible_.inverse_depth[i] = 0;
    }
  }

  /// `still`: the shadows of what stands still; made where they are not there.
  Picture picture(std::optional<ShadowMap>& still) {
    Picture picture{std::vector<std::uint8_t>(nearest_.size() * 3),
                    std::vector<float>(nearest_.size()),
                    std::vector<std::uint8_t>(nearest_.size())};
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) look(x, y, picture);
    }
    if (!still) still = still_shadows(scene_, posed_);
    const bool moving = std::ranges::any_of(scene_.instances, &Instance::moves);
    std::optional<ShadowMap> moved;
    if (moving) moved = with_moving(*still, posed_);
    const ShadowMap& shadows = moving ? *moved : *still;
    const std::vector<float> occlusion = ambient_occlusion(nearest_, width_, height_);
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        const Vec3 color = resolve(x, y, shadows, occlusion[pixel(x, y)]);
        std::uint8_t* out = &picture.rgb[pixel(x, y) * 3];
        out[0] = to_byte(color.x);
        out[1] = to_byte(color.y);
        out[2] = to_byte(color.z);
      }
    }
    return picture;
  }

 private:
  std::size_t pixel(int x, int y) const { return static_cast<std::size_t>(y * width_ + x); }

  static int column(int x, int s) { return x * kSamplesPerSide + s % kSamplesPerSide; }
  static int row(int y, int s) { return y * kSamplesPerSide + s / kSamplesPerSide; }

  std::size_t sample(int x, int y, int s) const {
    return static_cast<std::size_t>(row(y, s) * camera_.width_px + column(x, s));
  }

  // The direction of a sample in the world; one unit of it is one metre of depth.
  Vec3 direction(int x, int y, int s) const {
    const float right = static_cast<float>(column(x, s)) + 0.5F - camera_.center_x();
    const float down = static_cast<float>(row(y, s)) + 0.5F - camera_.center_y();
    return world_from_camera_ * Vec3{right / camera_.focal_px, -down / camera_.focal_px, 1};
  }

  // The instance that sample `s` of a pixel sees; kNothing for the sky.
  std::uint32_t instance_at(int x, int y, int s) const {
    const std::uint32_t triangle = visible_.triangle[sample(x, y, s)];
    return triangle == Visibility::kNothing ? triangle : posed_.triangles[triangle].instance;
  }

  // The first sample of the pixel that sees the same instance: one is shaded for all of them, as
  // the textures are filtered by their mip levels.
  int first_alike(int x, int y, int s) const {
    int first = 0;
    while (instance_at(x, y, first) != instance_at(x, y, s)) ++first;
    return first;
  }

  // Finds the surfaces of a pixel; its depth and object are those of the second nearest sample.
  void look(int x, int y, Picture& picture) {
    std::array<float, kSamples> depths{};
    for (int s = 0; s < kSamples; ++s) {
      const auto slot = static_cast<std::size_t>(s);
      const std::size_t at = sample(x, y, s);
      depths[slot] = visible_.inverse_depth[at];
      if (depths[slot] == 0 || first_alike(x, y, s) != s) continue;
      const float depth = 1 / depths[slot];
      const Vec3 point = camera_.position + direction(x, y, s) * depth;
      Surface& surface = surfaces_[pixel(x, y)][slot];
      surface = surface_at(assets_, posed_, camera_, visible_.triangle[at], point, depth);
      Nearest& nearest = nearest_[pixel(x, y)];
      if (depths[slot] > nearest.inverse_depth) nearest = {point, surface.normal, depths[slot]};
    }
    std::size_t nearest = 0, second = 1;
    if (depths[1] > depths[0]) std::swap(nearest, second);
    for (std::size_t s = 2; s < kSamples; ++s) {
      if (depths[s] > depths[second]) second = s;
      if (depths[second] > depths[nearest]) std::swap(nearest, second);
    }
    picture.inverse_depth[pixel(x, y)] = depths[second];
    const std::uint32_t instance = instance_at(x, y, static_cast<int>(second));
    picture.object[pixel(x, y)] =
        instance == Visibility::kNothing ? std::uint8_t{0} : numbers_[instance];
  }

  Vec3 background(Vec3 direction) const {
    return scene_.sky.visible ? squared(sky_color(scene_.sky, normalized(direction)))
                              : scene_.fog_color;
  }

  // The exposed linear colour of a pixel: the mean of its samples.
  Vec3 resolve(int x, int y, const ShadowMap& shadows, float occlusion) const {
    Vec3 sum;
    std::array<Vec3, kSamples> shaded;
    for (int s = 0; s < kSamples; ++s) {
      const auto slot = static_cast<std::size_t>(s);
      const float inverse_depth = visible_.inverse_depth[sample(x, y, s)];
      const int first = first_alike(x, y, s);
      if (inverse_depth == 0) {
        shaded[slot] = background(direction(x, y, s));
      } else if (first < s) {
        shaded[slot] = shaded[static_cast<std::size_t>(first)];
      } else {
        const Vec3 lit = shade(scene_, shadows, surfaces_[pixel(x, y)][slot], camera_.position,
                               occlusion, static_cast<std::uint32_t>(pixel(x, y)));
        shaded[slot] =
            mix(lit, scene_.fog_color, 1 - std::exp(-scene_.fog_per_metre / inverse_depth));
      }
      // Clamped before the mean, so that a highlight does not eat the edge beside it.
      const Vec3 exposed = shaded[slot] * scene_.exposure;
      sum = sum +
            Vec3{std::min(exposed.x, 1.2F), std::min(exposed.y, 1.2F), std::min(exposed.z, 1.2F)};
    }
    return sum * (1.0F / kSamples);
  }

  const Assets& assets_;
  const Scene& scene_;
  Posed posed_;
  std::vector<std::uint8_t> numbers_;  // Of the instances, as in Picture::object.
  Camera camera_;
  int width_, height_;
  Mat3 world_from_camera_;
  Visibility visible_{};
  std::vector<Nearest> nearest_;
  std::vector<std::array<Surface, kSamples>> surfaces_;
};

}  // namespace

Painter::Painter(const Assets& assets, const Scene& scene) : assets_(assets), scene_(scene) {}

Picture Painter::draw(int view) { return View(assets_, scene_, view).picture(still_shadows_); }

Picture draw(const Assets& assets, const Scene& scene, int view) {
  return Painter(assets, scene).draw(view);
}
