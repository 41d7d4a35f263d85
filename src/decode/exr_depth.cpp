#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ImfChannelList.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfInputFile.h>

#include "decode/depth_readers.hpp"
#include "decode/exr_picture.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

std::string depth_channel_of(const Imf::ChannelList& channels) {
  for (const char* name : {"Y", "Z", "R"}) {
    if (channels.findChannel(name) != nullptr) return name;
  }
  std::string names;
  std::size_t count = 0;
  for (auto channel = channels.begin(); channel != channels.end(); ++channel, ++count) {
    names += (count == 0 ? "" : ", ") + std::string(channel.name());
  }
  if (count == 1) return names;
  throw Error(ErrorKind::kInput,
              "it has neither a channel Y, Z or R nor a single one, but: " + names);
}

at::Tensor decoded(const std::filesystem::path& picture) {
  Imf::InputFile file(picture.c_str());
  const std::string name = depth_channel_of(file.header().channels());
  const Imf::Channel& channel = file.header().channels()[name.c_str()];
  if (channel.xSampling != 1 || channel.ySampling != 1) {
    throw Error(ErrorKind::kInput, "channel " + name + " has not a value for each pixel");
  }
  const Imath::Box2i window = file.header().dataWindow();
  const std::int64_t width_px = std::int64_t{window.max.x} - window.min.x + 1;
  const std::int64_t height_px = std::int64_t{window.max.y} - window.min.y + 1;
  at::Tensor depth = at::empty({height_px, width_px}, at::kFloat);
  Imf::FrameBuffer buffer;
  buffer.insert(name, Imf::Slice::Make(Imf::FLOAT, depth.data_ptr<float>(), window));
  file.setFrameBuffer(buffer);
  file.readPixels(window.min.y, window.max.y);
  return depth;
}

}  // namespace

at::Tensor read_exr_depth(const std::filesystem::path& picture, std::int64_t max_pixels) {
  return with_context(ErrorKind::kInput, "cannot read picture " + picture.string(), [&] {
    require_whole_exr(picture, max_pixels);
    return decoded(picture);
  });
}

}  // namespace rollingdepth
