#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rollingdepth/frame_size.hpp"
#include "tracks/track_files.hpp"

namespace rollingdepth {

/// One position as a file has it, before it is known how the file counts and measures.
struct FoundPosition {
  std::optional<std::int64_t> id = {};
  std::int64_t frame = 0;  ///< As the file counts.
  double x = 0;            ///< Of the point, or of the box's left edge.
  double y = 0;            ///< Of the point, or of the box's upper edge.
  double width = 0;        ///< Of the box.
  double height = 0;       ///< Of the box.
  bool is_box = false;
  bool visible = true;
  std::int32_t label = -1;  ///< Place in FoundTracks::labels; -1: none.
  std::int64_t place = 0;   ///< Where it stands: number of the line or element,
  std::int64_t part = -1;   ///< and of the element in that; -1: none.
};

/// What a file without ids holds.
enum class WithoutId {
  kOneTrack,    ///< One thing, once in a frame.
  kDetections,  ///< Things that nobody has tracked: each is a track of its own.
};

/// All that a file holds, and how its format counts and measures.
struct FoundTracks {
  std::string format = {};                      ///< For people.
  std::optional<std::int64_t> frame_base = {};  ///< As published; unset: the format leaves it open.
  TrackCoordinates coordinates = TrackCoordinates::kPixels;  ///< As published.
  double pixel_shift = 0;  ///< To be added to pixels: the picture's corner is at 0, 0 then.
  bool own = false;        ///< Written by this program: nothing is to be recognised.
  bool may_leave = false;  ///< The tracker follows points beyond the border of the picture.
  WithoutId without_id = WithoutId::kOneTrack;
  std::optional<FrameSize> size = {};  ///< Of the pictures that the positions belong to.
  /// The frames that the file lists, with and without positions, as it counts; unset: it does not.
  std::optional<std::int64_t> first_listed = {};
  std::optional<std::int64_t> last_listed = {};
  bool lists_all = false;  ///< Every frame from the first listed to the last.
  std::string (*place_name)(const FoundPosition& position) = nullptr;  ///< "line 7".
  std::vector<FoundPosition> positions = {};
  std::vector<std::string> labels = {};
  std::vector<std::string> remarks = {};
};

/// A file of some bytes can stand for as many positions as it likes, between keyframes and packed.
constexpr std::int64_t kMaxPositions = std::int64_t{1} << 25;

/// "line 7".
std::string line_name(const FoundPosition& position);

/// @throws Error(kInput) "cannot read the tracks of FILE: PLACE: why"; `place` may be empty.
[[noreturn]] void refuse_tracks(const std::filesystem::path& file, const std::string& place,
                                const std::string& why);

/// @throws Error(kInput) where there are kMaxPositions.
void add_position(const std::filesystem::path& file, const FoundPosition& at, FoundTracks& found);

/// Numbers each label once.
class LabelNumbers {
 public:
  /// @param labels outlives this. @return -1 for an empty label.
  explicit LabelNumbers(std::vector<std::string>& labels) : labels_(labels) {}
  std::int32_t operator()(const std::string& label);

 private:
  std::vector<std::string>& labels_;
  std::unordered_map<std::string, std::int32_t> numbers_;
};

/// A whole number that a file holds as any number. Unset for 3.5 and beyond 2^53, where doubles
/// are no longer exact.
std::optional<std::int64_t> whole_number(double value);

/// The number that is all of `text`, blanks around it aside. Unset for anything else.
std::optional<double> number_in(std::string_view text);

}  // namespace rollingdepth
