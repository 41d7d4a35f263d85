// Renders snippets of procedural scenes with their exact inverse depth; see ../README.md.
#include <malloc.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <limits>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "painter.hpp"
#include "scene_files.hpp"

namespace {

constexpr std::uint64_t kAttempts = 8;

struct Arguments {
  std::string assets, output;
  Take take{320, 240, 3};
  std::uint64_t scenes = 0, ring = 0, seed = 1;
  int threads = 1;
  bool held_out = false, objects = false;
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

// Whether most of a picture shows something at the lens.
bool is_blocked(const Picture& picture) {
  constexpr float kClose_m = 0.15F;
  const auto close = std::ranges::count_if(picture.inverse_depth,
                                           [](float value) { return value > 1 / kClose_m; });
  return static_cast<std::size_t>(close) * 2 > picture.inverse_depth.size();
}

// Exposes for the brightest tenth, as a camera would, with an error of half a stop.
void expose(Painter& painter, Scene& scene, Random& random) {
  for (Camera& camera : scene.views) {
    camera.width_px /= 4;
    camera.height_px /= 4;
    camera.focal_px /= 4;
  }
  const Picture preview = painter.draw(static_cast<int>(scene.views.size() / 2));
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

// Pictures of some views, or none where they teach nothing.
std::optional<std::vector<Picture>> pictures_of(Painter& painter, const Scene& scene,
                                                bool any_will_do) {
  const int views = static_cast<int>(scene.views.size());
  std::vector<Picture> pictures(scene.views.size());
  const auto drawn = [&](int view) -> Picture& {
    Picture& picture = pictures[static_cast<std::size_t>(view)];
    if (picture.rgb.empty()) picture = painter.draw(view);
    return picture;
  };
  if (!any_will_do && !is_useful(drawn(views / 2))) return std::nullopt;
  // Nor may the path of a clip lead into something.
  for (const int end : {0, views - 1}) {
    if (views > 3 && !any_will_do && !is_useful(drawn(end))) return std::nullopt;
  }
  for (int view = 0; view < views; ++view) {
    if (is_blocked(drawn(view)) && !any_will_do) return std::nullopt;
  }
  return pictures;
}

SceneData data_of(const Scene& scene, const std::vector<Picture>& pictures) {
  SceneData data;
  data.kind = static_cast<float>(scene.kind);
  data.focal_px = scene.views.front().focal_px;
  float limit = 1e-3F;
  for (const Picture& picture : pictures)
    limit = std::max(limit,
                     *std::max_element(picture.inverse_depth.begin(), picture.inverse_depth.end()));
  data.inverse_depth_limit = std::min(limit, 20.0F);
  for (const Instance& instance : scene.instances) {
    if (instance.moves()) data.moving = 1;
  }
  for (std::size_t v = 0; v < pictures.size(); ++v) {
    const Camera& camera = scene.views[v];
    const Mat3& r = camera.camera_from_world;
    for (const Vec3 row : {r.r0, r.r1, r.r2, camera.position})
      data.pose.insert(data.pose.end(), {row.x, row.y, row.z});
    data.rgb.insert(data.rgb.end(), pictures[v].rgb.begin(), pictures[v].rgb.end());
    data.object.insert(data.object.end(), pictures[v].object.begin(), pictures[v].object.end());
    for (const float value : pictures[v].inverse_depth) {
      data.disparity.push_back(static_cast<std::uint16_t>(
          std::min(value / data.inverse_depth_limit, 1.0F) * 65535.0F + 0.5F));
    }
  }
  return data;
}

SceneData render(const Assets& assets, const Arguments& arguments, std::uint64_t index) {
  for (std::uint64_t attempt = 0;; ++attempt) {
    const std::uint64_t seed = (arguments.seed * 1'000'003ULL + index) * kAttempts + attempt;
    Scene scene = compose(assets, seed, arguments.held_out, arguments.take);
    Random random(seed ^ 0xE5905EULL);
    Painter painter(assets, scene);
    expose(painter, scene, random);
    const auto pictures = pictures_of(painter, scene, attempt + 1 == kAttempts);
    if (pictures) return data_of(scene, *pictures);
  }
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--held-out") {
      arguments.held_out = true;
      continue;
    }
    if (name == "--objects") {
      arguments.objects = true;
      continue;
    }
    if (i + 1 == argc) throw std::runtime_error(name + " needs a value");
    const std::string value = argv[++i];
    if (name == "--assets")
      arguments.assets = value;
    else if (name == "--output")
      arguments.output = value;
    else if (name == "--scenes")
      arguments.scenes = std::stoull(value);
    else if (name == "--seed")
      arguments.seed = std::stoull(value);
    else if (name == "--threads")
      arguments.threads = std::stoi(value);
    else if (name == "--width")
      arguments.take.width_px = std::stoi(value);
    else if (name == "--height")
      arguments.take.height_px = std::stoi(value);
    else if (name == "--views")
      arguments.take.views = std::stoi(value);
    else if (name == "--ring")
      arguments.ring = std::stoull(value);
    else
      throw std::runtime_error("unknown option " + name);
  }
  const bool endless = arguments.scenes == 0 && arguments.ring > 0;
  if (arguments.assets.empty() || arguments.output.empty() || arguments.take.views < 3 ||
      (arguments.scenes == 0 && !endless)) {
    throw std::runtime_error(
        "usage: render_scenes --assets DIR --output DIR --scenes N [--ring SLOTS] [--seed S] "
        "[--views V, 3 or more] [--objects] [--threads T] [--width W] [--height H] [--held-out]; "
        "with --ring, --scenes 0 goes on until a signal");
  }
  return arguments;
}

std::atomic<bool> interrupted{false};

void run(const Arguments& arguments) {
  const Assets assets = Assets::load(arguments.assets);
  SceneFiles files(arguments.output, arguments.take, arguments.objects, arguments.ring);
  const std::uint64_t last =
      arguments.scenes > 0 ? arguments.scenes : std::numeric_limits<std::uint64_t>::max();
  std::atomic<std::uint64_t> next{0};
  std::mutex writing;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::uint64_t index = next++; index < last && !interrupted; index = next++) {
        const SceneData scene = render(assets, arguments, index);
        const std::scoped_lock lock(writing);
        if (failure) return;
        files.put(arguments.ring > 0 ? index % arguments.ring : index, index + 1, scene);
        if (index % 500 == 0)
          std::printf("scene %llu\n", static_cast<unsigned long long>(index)), std::fflush(stdout);
      }
    } catch (...) {
      const std::scoped_lock lock(writing);
      if (!failure) failure = std::current_exception();
      interrupted = true;
    }
  };
  {
    std::vector<std::jthread> team;
    for (int t = 0; t < arguments.threads; ++t) team.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

int main(int argc, char** argv) try {
  for (const int number : {SIGINT, SIGTERM}) std::signal(number, [](int) { interrupted = true; });
  // Pictures are freed and made again all the time: their pages stay with the process.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  run(parse(argc, argv));
  return 0;
} catch (const std::exception& error) {
  std::cerr << "render_scenes: " << error.what() << "\n";
  return 1;
}
