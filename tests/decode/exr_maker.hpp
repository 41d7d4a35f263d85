#pragma once

#include <ATen/ATen.h>
#include <ImfChannelList.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfOutputFile.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rollingdepth::testing {

/// Writes an OpenEXR picture whose channels, of 16-bit or 32-bit floats, all hold `values` [H, W]
/// plus their place in the list.
/// @param corner_px where the pixels begin, in both axes.
inline void write_exr(const std::filesystem::path& file, const at::Tensor& values,
                      const std::vector<std::string>& channels, int corner_px = 0) {
  const auto width = static_cast<int>(values.size(1));
  const auto height = static_cast<int>(values.size(0));
  const Imf::PixelType type = values.scalar_type() == at::kHalf ? Imf::HALF : Imf::FLOAT;
  const Imath::Box2i window({corner_px, corner_px},
                            {corner_px + width - 1, corner_px + height - 1});
  Imf::Header header(window, window);
  Imf::FrameBuffer buffer;
  std::vector<at::Tensor> held;
  for (const std::string& channel : channels) {
    header.channels().insert(channel, Imf::Channel(type));
    held.push_back((values + static_cast<double>(held.size())).contiguous());
    buffer.insert(channel, Imf::Slice::Make(type, held.back().data_ptr(), window));
  }
  Imf::OutputFile picture(file.c_str(), header);
  picture.setFrameBuffer(buffer);
  picture.writePixels(height);
}

/// Writes colours [3, H, W] as R, G and B of 32-bit floats.
/// @param shown     the display window; by default what is stored.
/// @param corner_px where the stored pixels begin, in both axes.
inline void write_exr_channels(const std::filesystem::path& file, const at::Tensor& colours,
                               std::optional<Imath::Box2i> shown = {}, int corner_px = 0) {
  const auto width = static_cast<int>(colours.size(2));
  const auto height = static_cast<int>(colours.size(1));
  const Imath::Box2i stored({corner_px, corner_px},
                            {corner_px + width - 1, corner_px + height - 1});
  Imf::Header header(shown.value_or(stored), stored);
  Imf::FrameBuffer buffer;
  const at::Tensor values = colours.to(at::kFloat).contiguous();
  const char* const names[] = {"R", "G", "B"};
  for (int channel = 0; channel < 3; ++channel) {
    header.channels().insert(names[channel], Imf::Channel(Imf::FLOAT));
    buffer.insert(names[channel],
                  Imf::Slice::Make(Imf::FLOAT, values[channel].data_ptr<float>(), stored));
  }
  Imf::OutputFile picture(file.c_str(), header);
  picture.setFrameBuffer(buffer);
  picture.writePixels(height);
}

}  // namespace rollingdepth::testing
