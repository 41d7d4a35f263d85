#pragma once

#include "shapes.hpp"

namespace rollingdepth::testing {

/// Assets made from numbers, so that a test needs nobody's models and pictures: twenty checked or
/// striped textures of every kind, and twenty cupboards of every kind of mesh, each tenth held out.
inline Assets plain_assets() {
  constexpr int kSide = 32;
  Assets assets;
  for (int i = 0; i < 100; ++i) {
    std::vector<std::uint8_t> pixels;
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const bool dark = i % 3 == 0 ? (x / 8 + y / 8) % 2 == 0 : x % (4 + i % 7) < 2;
        for (int c = 0; c < 3; ++c) {
          pixels.push_back(static_cast<std::uint8_t>((dark ? 60 : 130) + (i * (7 + 4 * c)) % 90));
        }
      }
    }
    assets.textures.emplace_back(pixels.data(), kSide);
    assets.texture_kinds.push_back(static_cast<TextureKind>(i / 20));
    assets.texture_held_out.push_back(i % 10 == 0);
  }
  for (int i = 0; i < 140; ++i) {
    assets.meshes.push_back(box({0.4F, 0.5F + 0.01F * static_cast<float>(i % 20), 0.4F}));
    assets.meshes.back().kind = static_cast<MeshKind>(i / 20);
    assets.meshes.back().held_out = i % 10 == 0;
  }
  return assets;
}

}  // namespace rollingdepth::testing
