#include "scene_files.hpp"

#include <filesystem>
#include <stdexcept>

namespace {

std::ofstream opened(const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot write " + path);
  return file;
}

}  // namespace

SceneFiles::SceneFiles(const std::string& folder, int views, int width_px, int height_px,
                       bool objects)
    : records_(opened(folder + "/scenes.bin")),
      rgb_(opened(folder + "/rgb.bin")),
      disparity_(opened(folder + "/disparity.bin")),
      with_objects_(objects) {
  if (objects)
    objects_ = opened(folder + "/objects.bin");
  else
    std::filesystem::remove(folder + "/objects.bin");  // Of an earlier run.
  std::ofstream layout = opened(folder + "/scenes.json");
  layout << "{\"format\": 2, \"views\": " << views << ", \"width_px\": " << width_px
         << ", \"height_px\": " << height_px << "}\n";
  layout.flush();
  if (!layout) throw std::runtime_error("cannot write " + folder + "/scenes.json");
}

void SceneFiles::put(std::size_t slot, std::uint64_t serial, const SceneData& scene) {
  std::vector<float> record{static_cast<float>(serial), scene.kind, scene.moving,
                            scene.inverse_depth_limit, scene.focal_px};
  record.insert(record.end(), scene.pose.begin(), scene.pose.end());
  const std::size_t bytes = record.size() * sizeof(float);
  const float unfinished = 0;
  write(records_, slot * bytes, &unfinished, sizeof unfinished);
  flush();
  write(rgb_, slot * scene.rgb.size(), scene.rgb.data(), scene.rgb.size());
  write(disparity_, slot * scene.disparity.size() * 2, scene.disparity.data(),
        scene.disparity.size() * 2);
  if (with_objects_)
    write(objects_, slot * scene.object.size(), scene.object.data(), scene.object.size());
  write(records_, slot * bytes + sizeof(float), &record[1], bytes - sizeof(float));
  flush();
  write(records_, slot * bytes, record.data(), sizeof(float));
  flush();
}

void SceneFiles::finish() { flush(); }

void SceneFiles::write(std::ofstream& file, std::size_t at, const void* bytes, std::size_t count) {
  file.seekp(static_cast<std::streamoff>(at));
  file.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
}

void SceneFiles::flush() {
  for (std::ofstream* file : {&rgb_, &disparity_, &objects_, &records_}) {
    if (!file->is_open()) continue;
    file->flush();
    if (!*file) throw std::runtime_error("a scene could not be written; is the disk full?");
  }
}
