#include "assets.hpp"

#include <filesystem>

#include "binary.hpp"
#include "world.hpp"

namespace {

// Set in the kind of an asset that only held-out scenes show.
constexpr std::int32_t kHeldOut = 0x100;

Mesh read_mesh(std::ifstream& in) {
  const auto header = read_values<std::int32_t>(in, 2);
  const auto size = read_values<float>(in, 4);
  const auto count = static_cast<std::size_t>(header[0]);
  const auto positions = read_values<Vec3>(in, count * 3);
  const auto normals = read_values<Vec3>(in, count * 3);
  const auto uv = read_values<float>(in, count * 6);
  const auto colors = read_values<std::uint8_t>(in, count * 3);
  const auto textures = read_values<std::int32_t>(in, count);
  Mesh mesh{static_cast<MeshKind>(header[1] & 0xFF),
            {size[0], size[1], size[2]},
            size[3],
            (header[1] & kHeldOut) != 0,
            {}};
  mesh.triangles.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    Triangle& triangle = mesh.triangles[i];
    for (std::size_t k = 0; k < 3; ++k) {
      triangle.position[k] = positions[i * 3 + k];
      triangle.normal[k] = normals[i * 3 + k];
      triangle.u[k] = uv[i * 6 + k * 2];
      triangle.v[k] = 1 - uv[i * 6 + k * 2 + 1];
    }
    triangle.color = Vec3{static_cast<float>(colors[i * 3]), static_cast<float>(colors[i * 3 + 1]),
                          static_cast<float>(colors[i * 3 + 2])} *
                     (1 / 255.0F);
    triangle.texture = textures[i];
    set_density(triangle);
  }
  return mesh;
}

void read_textures(const std::string& path, Assets& assets) {
  std::ifstream in = open_binary(path);
  const auto header = read_values<std::int32_t>(in, 2);
  for (const auto kind : read_values<std::int32_t>(in, static_cast<std::size_t>(header[0]))) {
    assets.texture_kinds.push_back(static_cast<TextureKind>(kind & 0xFF));
    assets.texture_held_out.push_back((kind & kHeldOut) != 0);
  }
  for (int i = 0; i < header[0]; ++i) {
    const auto pixels =
        read_values<std::uint8_t>(in, static_cast<std::size_t>(header[1]) * header[1] * 3);
    assets.textures.emplace_back(pixels.data(), header[1]);
  }
}

}  // namespace

Texture::Texture(const std::uint8_t* pixels, int side_px) : side_px_(side_px) {
  levels_.emplace_back(pixels, pixels + static_cast<std::size_t>(side_px) * side_px * 3);
  for (int side = side_px / 2; side >= 1; side /= 2) {
    const auto& fine = levels_.back();
    std::vector<std::uint8_t> coarse(static_cast<std::size_t>(side) * side * 3);
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        for (int c = 0; c < 3; ++c) {
          const auto at = [&](int dy, int dx) {
            return fine[(static_cast<std::size_t>(2 * y + dy) * 2 * side + 2 * x + dx) * 3 + c];
          };
          coarse[(static_cast<std::size_t>(y) * side + x) * 3 + c] =
              static_cast<std::uint8_t>((at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1) + 2) / 4);
        }
      }
    }
    levels_.push_back(std::move(coarse));
  }
}

Vec3 Texture::sample(float u, float v, float lod) const {
  const int level =
      std::clamp(static_cast<int>(lod + 0.5F), 0, static_cast<int>(levels_.size()) - 1);
  const int side = side_px_ >> level;
  const auto& pixels = levels_[static_cast<std::size_t>(level)];
  const float x = (u - std::floor(u)) * static_cast<float>(side);
  const float y = (v - std::floor(v)) * static_cast<float>(side);
  const int x0 = static_cast<int>(x) % side, y0 = static_cast<int>(y) % side;
  const int x1 = (x0 + 1) % side, y1 = (y0 + 1) % side;
  const float fx = x - std::floor(x), fy = y - std::floor(y);
  const auto at = [&](int row, int column) {
    const std::uint8_t* p = &pixels[(static_cast<std::size_t>(row) * side + column) * 3];
    return Vec3{static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2])};
  };
  return mix(mix(at(y0, x0), at(y0, x1), fx), mix(at(y1, x0), at(y1, x1), fx), fy) * (1 / 255.0F);
}

void set_density(Triangle& triangle) {
  const float area = length(cross(triangle.position[1] - triangle.position[0],
                                  triangle.position[2] - triangle.position[0]));
  const float uv_area = std::abs((triangle.u[1] - triangle.u[0]) * (triangle.v[2] - triangle.v[0]) -
                                 (triangle.u[2] - triangle.u[0]) * (triangle.v[1] - triangle.v[0]));
  triangle.uv_per_metre = std::sqrt(uv_area / std::max(area, 1e-9F));
}

Assets::Assets() = default;
Assets::Assets(Assets&&) noexcept = default;
Assets& Assets::operator=(Assets&&) noexcept = default;
Assets::~Assets() = default;

Assets Assets::load(const std::string& folder) {
  Assets assets;
  read_textures(folder + "/textures.bin", assets);
  std::ifstream in = open_binary(folder + "/meshes.bin");
  const auto count = read_values<std::int32_t>(in, 1)[0];
  for (int i = 0; i < count; ++i) assets.meshes.push_back(read_mesh(in));
  if (std::filesystem::exists(folder + "/worlds.bin")) {
    const auto first_texture = static_cast<int>(assets.textures.size());
    assets.worlds = read_worlds(folder + "/worlds.bin", first_texture);
    read_textures(folder + "/world_textures.bin", assets);
    for (auto kind = assets.texture_kinds.begin() + first_texture;
         kind != assets.texture_kinds.end(); ++kind) {
      *kind = TextureKind::kWorld;
    }
  }
  return assets;
}
