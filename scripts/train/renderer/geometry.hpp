// Vectors, rotations and a random generator whose draws are the same on every machine.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

struct Vec3 {
  float x = 0, y = 0, z = 0;
};

inline Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vec3 operator*(Vec3 a, Vec3 b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
inline Vec3 operator*(Vec3 a, float k) { return {a.x * k, a.y * k, a.z * k}; }
inline float dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vec3 cross(Vec3 a, Vec3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline float length(Vec3 a) { return std::sqrt(dot(a, a)); }
inline Vec3 normalized(Vec3 a) { return a * (1.0F / std::max(length(a), 1e-12F)); }
inline Vec3 mix(Vec3 a, Vec3 b, float t) { return a * (1 - t) + b * t; }

/// A 3x3 matrix by its rows.
struct Mat3 {
  Vec3 r0{1, 0, 0}, r1{0, 1, 0}, r2{0, 0, 1};
};

inline Vec3 operator*(const Mat3& m, Vec3 v) { return {dot(m.r0, v), dot(m.r1, v), dot(m.r2, v)}; }
inline Mat3 transposed(const Mat3& m) {
  return {{m.r0.x, m.r1.x, m.r2.x}, {m.r0.y, m.r1.y, m.r2.y}, {m.r0.z, m.r1.z, m.r2.z}};
}
inline Mat3 operator*(const Mat3& a, const Mat3& b) {
  const Mat3 columns = transposed(b);
  return {columns * a.r0, columns * a.r1, columns * a.r2};
}

inline Mat3 rotation_y(float angle) {
  const float c = std::cos(angle), s = std::sin(angle);
  return {{c, 0, s}, {0, 1, 0}, {-s, 0, c}};
}
inline Mat3 rotation_x(float angle) {
  const float c = std::cos(angle), s = std::sin(angle);
  return {{1, 0, 0}, {0, c, -s}, {0, s, c}};
}
inline Mat3 rotation_z(float angle) {
  const float c = std::cos(angle), s = std::sin(angle);
  return {{c, -s, 0}, {s, c, 0}, {0, 0, 1}};
}

/// Draws from one 64-bit state (splitmix64): the same sequence for a seed everywhere.
class Random {
 public:
  /// Neighbouring seeds start far apart: each is hashed before it becomes the state.
  explicit Random(std::uint64_t seed) : state_(seed ^ 0x5DEECE66DULL) {
    state_ = bits() ^ (bits() << 17U);
  }

  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }
  float uniform() { return static_cast<float>(bits() >> 40U) * 0x1p-24F; }
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  float log_uniform(float low, float high) {
    return low * std::exp(uniform() * std::log(high / low));
  }
  float normal(float sigma = 1) {
    const float u = std::max(uniform(), 1e-7F);
    return sigma * std::sqrt(-2 * std::log(u)) *
           std::cos(2 * std::numbers::pi_v<float> * uniform());
  }
  /// An integer in [low, high].
  int integer(int low, int high) {
    return low + static_cast<int>(bits() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(float probability) { return uniform() < probability; }

 private:
  std::uint64_t state_;
};
