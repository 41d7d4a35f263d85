#include "scene_files.hpp"

#include <filesystem>
#include <stdexcept>

namespace {

constexpr std::uint64_t kRecordHead = 5;  // Numbers of a record before its poses.

std::ofstream opened(const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot write " + path);
  return file;
}

}  // namespace

SceneFiles::SceneFiles(const std::string& folder, const Take& take, bool objects,
                       std::uint64_t slots)
    : with_objects_(objects) {
  const auto pixels = static_cast<std::uint64_t>(take.views) *
                      static_cast<std::uint64_t>(take.width_px) *
                      static_cast<std::uint64_t>(take.height_px);
  const auto open = [&](std::ofstream& file, const char* name, std::uint64_t slot_bytes) {
    file = opened(folder + "/" + name);
    if (slots > 0) std::filesystem::resize_file(folder + "/" + name, slots * slot_bytes);
  };
  const auto record_bytes = (kRecordHead + 12 * static_cast<std::uint64_t>(take.views)) * 4;
  open(records_, "scenes.bin", record_bytes);
  open(rgb_, "rgb.bin", 3 * pixels);
  open(disparity_, "disparity.bin", 2 * pixels);
  if (objects)
    open(objects_, "objects.bin", pixels);
  else
    std::filesystem::remove(folder + "/objects.bin");  // Of an earlier run.
  std::ofstream layout = opened(folder + "/scenes.json");
  layout << "{\"format\": 2, \"views\": " << take.views << ", \"width_px\": " << take.width_px
         << ", \"height_px\": " << take.height_px << "}\n";
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
