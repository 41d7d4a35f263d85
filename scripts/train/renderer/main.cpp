// Renders snippets of procedural scenes with their exact inverse depth; see ../README.md.
#include <atomic>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "scene.hpp"

namespace {

constexpr int kViews = 3;
constexpr int kAttempts = 8;

struct Arguments {
  std::string assets, output;
  int scenes = 0, width_px = 256, height_px = 192, threads = 1;
  std::uint64_t seed = 1;
  bool held_out = false;
};

// What the trainer needs of a scene besides its pixels; float32, little-endian.
struct SceneRecord {
  float kind;
  float moving;               // 1 where something besides the camera moves.
  float inverse_depth_limit;  // What 65535 means in disparity.bin, 1/metre.
  float focal_px;
  float pose[kViews][12];  // Rows of camera_from_world, then the position; y up.
};

struct Rendered {
  SceneRecord record{};
  std::vector<std::uint8_t> rgb;
  std::vector<std::uint16_t> disparity;
};

// A picture whose depth hardly varies, or that is dark or blocked by a thing at the lens, teaches
// nothing: the next attempt's scene takes its place.
bool is_useful(const Picture& picture) {
  std::vector<float> sorted = picture.inverse_depth;
  std::sort(sorted.begin(), sorted.end());
  const auto quantile = [&](double q) {
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
  };
  const float far = quantile(0.03), middle = quantile(0.5), near = quantile(0.97);
  if (quantile(0.92) <= 0) return false;  // Hardly anything but sky.
  if (near < 1.25F * far || near > 60 * std::max(middle, 0.01F) || quantile(0.4) > 8) return false;
  double brightness = 0;
  for (const std::uint8_t value : picture.rgb) brightness += value;
  brightness /= static_cast<double>(picture.rgb.size());
  return brightness > 12 && brightness < 244;
}

// Exposes for the brightest tenth, as a camera would, with an error of half a stop.
void expose(const Assets& assets, Scene& scene, Random& random) {
  for (Camera& camera : scene.views) {
    camera.width_px /= 4;
    camera.height_px /= 4;
    camera.focal_px /= 4;
  }
  const Picture preview = draw(assets, scene, 1);
  for (Camera& camera : scene.views) {
    camera.width_px *= 4;
    camera.height_px *= 4;
    camera.focal_px *= 4;
  }
  std::vector<std::uint8_t> sorted = preview.rgb;
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 9 / 10);
  std::nth_element(sorted.begin(), at, sorted.end());
  const float bright = std::max(static_cast<float>(*at) / 255, 0.05F);
  scene.exposure = scene.brightness / (bright * bright) * std::exp(random.normal(0.3F));
}

Rendered render(const Assets& assets, const Arguments& arguments, int index) {
  Rendered out;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint64_t seed =
        (arguments.seed * 1'000'003ULL + static_cast<std::uint64_t>(index)) * kAttempts +
        static_cast<std::uint64_t>(attempt);
    Scene scene =
        compose(assets, seed, arguments.held_out, arguments.width_px, arguments.height_px);
    Random random(seed ^ 0xE5905EULL);
    expose(assets, scene, random);
    std::vector<Picture> pictures{draw(assets, scene, 1)};
    if (!is_useful(pictures.front()) && attempt + 1 < kAttempts) continue;
    pictures.insert(pictures.begin(), draw(assets, scene, 0));
    pictures.push_back(draw(assets, scene, 2));
    float limit = 1e-3F;
    for (const Picture& picture : pictures) {
      limit = std::max(
          limit, *std::max_element(picture.inverse_depth.begin(), picture.inverse_depth.end()));
    }
    limit = std::min(limit, 20.0F);
    out.record = {static_cast<float>(scene.kind), 0, limit, scene.views[1].focal_px, {}};
    for (const Instance& instance : scene.instances) {
      if (length(instance.velocity) > 0) out.record.moving = 1;
    }
    for (std::size_t v = 0; v < kViews; ++v) {
      const Camera& camera = scene.views[v];
      const Mat3& r = camera.camera_from_world;
      const float pose[12] = {r.r0.x,
                              r.r0.y,
                              r.r0.z,
                              r.r1.x,
                              r.r1.y,
                              r.r1.z,
                              r.r2.x,
                              r.r2.y,
                              r.r2.z,
                              camera.position.x,
                              camera.position.y,
                              camera.position.z};
      std::memcpy(out.record.pose[v], pose, sizeof pose);
      out.rgb.insert(out.rgb.end(), pictures[v].rgb.begin(), pictures[v].rgb.end());
      for (const float value : pictures[v].inverse_depth) {
        out.disparity.push_back(
            static_cast<std::uint16_t>(std::min(value / limit, 1.0F) * 65535.0F + 0.5F));
      }
    }
    return out;
  }
  return out;
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--held-out") {
      arguments.held_out = true;
      continue;
    }
    if (i + 1 == argc) throw std::runtime_error(name + " needs a value");
    const std::string value = argv[++i];
    if (name == "--assets")
      arguments.assets = value;
    else if (name == "--output")
      arguments.output = value;
    else if (name == "--scenes")
      arguments.scenes = std::stoi(value);
    else if (name == "--seed")
      arguments.seed = std::stoull(value);
    else if (name == "--threads")
      arguments.threads = std::stoi(value);
    else if (name == "--width")
      arguments.width_px = std::stoi(value);
    else if (name == "--height")
      arguments.height_px = std::stoi(value);
    else
      throw std::runtime_error("unknown option " + name);
  }
  if (arguments.assets.empty() || arguments.output.empty() || arguments.scenes < 1) {
    throw std::runtime_error(
        "usage: render_scenes --assets DIR --output DIR --scenes N [--seed S] "
        "[--threads T] [--width W] [--height H] [--held-out]");
  }
  return arguments;
}

// One file whose records are written in any order, each at its place.
class RecordFile {
 public:
  explicit RecordFile(const std::string& path) : out_(path, std::ios::binary) {
    if (!out_) throw std::runtime_error("cannot write " + path);
  }
  void put(std::size_t index, const void* bytes, std::size_t count) {
    out_.seekp(static_cast<std::streamoff>(index * count));
    out_.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
    check();
  }
  void finish() {
    out_.flush();
    check();
  }

 private:
  void check() const {
    if (!out_) throw std::runtime_error("a record could not be written; is the disk full?");
  }

  std::ofstream out_;
};

void run(const Arguments& arguments) {
  const Assets assets = Assets::load(arguments.assets);
  RecordFile rgb(arguments.output + "/rgb.bin"), disparity(arguments.output + "/disparity.bin"),
      records(arguments.output + "/scenes.bin");
  std::atomic<int> next{0};
  std::mutex writing;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (int index = next++; index < arguments.scenes; index = next++) {
        const Rendered rendered = render(assets, arguments, index);
        const std::scoped_lock lock(writing);
        const auto at = static_cast<std::size_t>(index);
        rgb.put(at, rendered.rgb.data(), rendered.rgb.size());
        disparity.put(at, rendered.disparity.data(), rendered.disparity.size() * 2);
        records.put(at, &rendered.record, sizeof rendered.record);
        if (index % 500 == 0)
          std::printf("scene %d of %d\n", index, arguments.scenes), std::fflush(stdout);
      }
    } catch (...) {
      const std::scoped_lock lock(writing);
      failure = std::current_exception();
      next = arguments.scenes;
    }
  };
  {
    std::vector<std::jthread> team;
    for (int t = 0; t < arguments.threads; ++t) team.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
  for (RecordFile* file : {&rgb, &disparity, &records}) file->finish();
}

}  // namespace

int main(int argc, char** argv) try {
  run(parse(argc, argv));
  return 0;
} catch (const std::exception& error) {
  std::cerr << "render_scenes: " << error.what() << "\n";
  return 1;
}
