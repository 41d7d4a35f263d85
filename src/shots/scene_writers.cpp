#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/formatted.hpp"
#include "base/printable.hpp"
#include "shots/scene_files.hpp"

namespace rollingdepth {
namespace {

/// One scene: frames from 0, the end exclusive.
struct Scene {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

std::vector<Scene> scenes_of(const Scenes& scenes) {
  std::vector<Scene> list;
  std::int64_t begin = scenes.first;
  for (const std::int64_t cut : scenes.cuts) {
    list.push_back({begin, cut});
    begin = cut;
  }
  list.push_back({begin, scenes.frames});
  return list;
}

/// In thousandths of a second, rounded.
std::int64_t milliseconds(std::int64_t frame, Rational rate) {
  return std::llround(static_cast<long double>(frame) * 1000 * static_cast<long double>(rate.den) /
                      static_cast<long double>(rate.num));
}

/// "00:01:02.345".
std::string timecode(std::int64_t frame, Rational rate) {
  const std::int64_t all = milliseconds(frame, rate);
  const auto part = [all](std::int64_t unit, std::int64_t of) {
    return static_cast<int>(all / unit % of);
  };
  return formatted("%02lld:%02d:%02d.%03d", static_cast<long long>(all / 3'600'000),
                   part(60'000, 60), part(1000, 60), part(1, 1000));
}

/// "62.345".
std::string seconds(std::int64_t frame, Rational rate) {
  const std::int64_t all = milliseconds(frame, rate);
  return formatted("%lld.%03d", static_cast<long long>(all / 1000), static_cast<int>(all % 1000));
}

/// "00:01:02:08" of a clock that counts so many frames a second.
std::string edl_timecode(std::int64_t frame, std::int64_t base) {
  const std::int64_t all = frame / base;
  return formatted("%02lld:%02d:%02d:%02d", static_cast<long long>(all / 3600),
                   static_cast<int>(all / 60 % 60), static_cast<int>(all % 60),
                   static_cast<int>(frame % base));
}

}  // namespace

void write_scene_csv(std::ostream& out, const Scenes& scenes) {
  const Rational rate = scenes.frame_rate;
  out << "Timecode List:";
  for (const std::int64_t cut : scenes.cuts) out << ',' << timecode(cut, rate);
  out << "\nScene Number,Start Frame,Start Timecode,Start Time (seconds),End Frame,End Timecode,"
         "End Time (seconds),Length (frames),Length (timecode),Length (seconds)\n";
  std::int64_t number = 0;
  for (const auto& [begin, end] : scenes_of(scenes)) {
    const std::int64_t length = end - begin;
    out << ++number << ',' << begin + 1 << ',' << timecode(begin, rate) << ','
        << seconds(begin, rate) << ',' << end << ',' << timecode(end, rate) << ','
        << seconds(end, rate) << ',' << length << ',' << timecode(length, rate) << ','
        << seconds(length, rate) << '\n';
  }
}

void write_scene_json(std::ostream& out, const Scenes& scenes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& [begin, end] : scenes_of(scenes)) {
    list.push_back({{"start_frame", begin}, {"end_frame", end}, {"zone_overrides", nullptr}});
  }
  // Later versions read the second list, in which their longest scenes are divided further.
  const nlohmann::ordered_json json = {
      {"frames", scenes.frames}, {"scenes", list}, {"split_scenes", list}};
  out << json.dump(2) << '\n';
}

void write_scene_edl(std::ostream& out, const Scenes& scenes) {
  const Rational rate = scenes.frame_rate;
  const std::int64_t base = std::max<std::int64_t>(std::llround(rate.value()), 1);
  const std::string clip = printable(scenes.clip);
  out << "TITLE: " << clip << "\nFCM: NON-DROP FRAME\n\n";
  if (rate.num != base * rate.den) {
    out << "* THE CLIP HAS " << rate.num << "/" << rate.den << " FRAMES A SECOND; TIMECODE COUNTS "
        << base << "\n\n";
  }
  int number = 0;
  for (const auto& [begin, end] : scenes_of(scenes)) {
    const std::string in = edl_timecode(begin, base), after = edl_timecode(end, base);
    out << formatted("%03d  AX       V     C        ", ++number) << in << ' ' << after << ' ' << in
        << ' ' << after << "\n* FROM CLIP NAME: " << clip << '\n';
  }
}

}  // namespace rollingdepth
