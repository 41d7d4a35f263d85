#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/frame_times.hpp"
#include "decode/clip_maker.hpp"
#include "rollingdepth/video.hpp"
#include "sound/clip_sound.hpp"
#include "write/video.hpp"
#include "write/video_file.hpp"

namespace rollingdepth::testing {

inline constexpr FrameSize kClickSize{.width_px = 64, .height_px = 48};

/// FFmpeg arguments for five seconds at 25 fps in which every second begins with a bright frame.
inline std::string flashes() {
  return "-f lavfi -i \"color=black:s=64x48:r=25:d=5,format=gray,"
         "geq=lum='if(eq(mod(N,25),0),220,30)'\"";
}

/// And with a tone of 40 ms.
/// @param filter of FFmpeg behind it, such as ",atrim=end=2".
inline std::string clicks(const std::string& filter = "", int rate = 48000) {
  return "-f lavfi -i \"aevalsrc='0.7*sin(2*PI*1500*t)*lt(mod(t,1),0.04)':s=" +
         std::to_string(rate) + ":d=5" + filter + "\"";
}

/// A video of some frames of a clip, as outputs are written: its pictures, and what goes with them.
/// @return remarks on the sound.
inline std::vector<std::string> copy_frames(const std::filesystem::path& from,
                                            const std::filesystem::path& to, std::int64_t start,
                                            std::int64_t count,
                                            const ClipSound::Options& options = {}) {
  const std::unique_ptr<FrameSource> source = open_video(from);
  std::vector<at::Tensor> pictures;
  std::vector<std::optional<std::int64_t>> noted;
  for (std::int64_t i = 0; i < start; ++i) source->next();
  for (std::int64_t i = 0; i < count; ++i) {
    std::optional<Frame> frame = source->next();
    if (!frame) break;
    pictures.push_back(frame->rgb.permute({1, 2, 0}).contiguous());
    noted.push_back(frame->pts);
  }
  const FrameTimes times = frame_times(noted, source->info());
  ClipSound sound(from, options);
  VideoOptions video{.frame_rate = times.frame_rate, .time_base = times.time_base};
  video.keep_times = true;
  video.sound = sound.feed(times.clock);
  const auto writer = make_video_writer(to, kClickSize, video);
  for (std::size_t i = 0; i < pictures.size(); ++i) writer->write(pictures[i], times.ticks[i]);
  writer->finish();
  return sound.remarks();
}

/// When a frame that is bright is shown, in seconds.
inline std::vector<double> flash_times(const std::filesystem::path& file) {
  const at::Tensor pictures = decoded(file, kClickSize.height_px, kClickSize.width_px);
  const std::vector<std::string> times = probe(file, "frame=pts_time");
  std::vector<double> found;
  for (std::int64_t i = 0; i < pictures.size(0); ++i) {
    const bool is_bright = pictures[i].to(at::kFloat).mean().item<float>() > 120;
    if (is_bright) found.push_back(std::stod(times.at(static_cast<std::size_t>(i))));
  }
  return found;
}

/// A track of sound as one channel at 48 kHz, from time 0 of the file on.
inline std::vector<float> samples_of(const std::filesystem::path& file, int track = 0) {
  const std::string bytes =
      output_of("ffmpeg -v error -i '" + file.string() + "' -map 0:a:" + std::to_string(track) +
                " -af aresample=48000:async=1:first_pts=0 -ac 1 -f f32le -");
  std::vector<float> samples(bytes.size() / sizeof(float));
  std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(float));
  return samples;
}

/// When a tone begins after silence, in seconds.
inline std::vector<double> click_times(const std::filesystem::path& file, int track = 0) {
  const std::vector<float> samples = samples_of(file, track);
  constexpr std::size_t kQuiet = 4800;
  std::vector<double> found;
  std::size_t loud_before = 0;
  bool any = false;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (std::abs(samples[i]) < 0.25F) continue;
    if (!any || i > loud_before + kQuiet) found.push_back(static_cast<double>(i) / 48000);
    loud_before = i;
    any = true;
  }
  return found;
}

/// What ffprobe says of a file, e.g. "stream=codec_name" of all that is sound: one word a line.
inline std::vector<std::string> probe_sound(const std::filesystem::path& file,
                                            const std::string& entries) {
  std::istringstream lines(output_of("ffprobe -v error -select_streams a -show_entries " + entries +
                                     " -of default=noprint_wrappers=1:nokey=1 '" + file.string() +
                                     "'"));
  std::vector<std::string> words;
  for (std::string word; std::getline(lines, word);) words.push_back(word);
  return words;
}

}  // namespace rollingdepth::testing
