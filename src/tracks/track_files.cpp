#include "tracks/track_files.hpp"

#include <array>
#include <system_error>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/named_values.hpp"
#include "rollingdepth/error.hpp"
#include "tracks/checked_tracks.hpp"
#include "tracks/track_formats.hpp"

namespace rollingdepth {
namespace {

// Files of tracks have some megabytes; what is read takes some times their size in memory.
constexpr std::uintmax_t kMaxTrackBytes = std::uintmax_t{1} << 30;
// Of XML, whose tree takes more.
constexpr std::uintmax_t kMaxXmlBytes = std::uintmax_t{256} << 20;

constexpr std::array<std::pair<TrackCoordinates, const char*>, 3> kCoordinates{{
    {TrackCoordinates::kPixels, "px"},
    {TrackCoordinates::kNormalized, "norm"},
    {TrackCoordinates::kPercent, "percent"},
}};

enum class Content { kArchive, kXml, kJson, kNumbers, kTable };

std::string text_of(const std::filesystem::path& file) {
  // A pipe would be waited for.
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(file, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    refuse_tracks(file, "", "it is no plain file");
  }
  const FileDescriptor stream = FileDescriptor::open_to_read(file);
  const std::uintmax_t bytes = std::filesystem::file_size(file);
  if (bytes > kMaxTrackBytes) {
    refuse_tracks(file, "", "it is too large: files of more than 1 GiB are not read");
  }
  std::string text(static_cast<std::size_t>(bytes), '\0');
  text.resize(stream.read(text.data(), text.size()));
  return text;
}

// What other programs write, and is not read, told apart by its first bytes.
void refuse_others(const std::filesystem::path& file, std::string_view text) {
  if (text.starts_with("\x93NUMPY")) {
    refuse_tracks(file, "", "it is an .npy array: save positions and visibility together as .npz");
  }
  if (text.starts_with('\x80')) {
    refuse_tracks(file, "",
                  "it is a pickle of Python, which may hold programs and is not read: "
                  "save its arrays with numpy.savez(FILE, points=..., occluded=...)");
  }
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    refuse_tracks(file, "", "it is UTF-16: save it as UTF-8");
  }
  if (text.find('\0') != std::string_view::npos) {
    refuse_tracks(file, "", "it is neither text nor an .npz archive");
  }
}

Content content_of(const std::filesystem::path& file, std::string_view text) {
  if (text.starts_with("PK")) return Content::kArchive;
  refuse_others(file, text);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) refuse_tracks(file, "", "it is empty");
  if (text[first] == '<') return Content::kXml;
  if (text[first] == '{' || text[first] == '[') return Content::kJson;
  return is_mot_text(text) ? Content::kNumbers : Content::kTable;
}

FoundTracks found_in(const std::filesystem::path& file, const TrackReading& reading) {
  std::string text = text_of(file);
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  switch (content_of(file, text)) {
    case Content::kArchive:
      // Read once more, piece by piece.
      text = {};
      return read_npz_tracks(file, reading);
    case Content::kXml:
      if (text.size() > kMaxXmlBytes) {
        refuse_tracks(file, "", "it is too large: XML of more than 256 MiB is not read");
      }
      return read_cvat_tracks(file, text, reading);
    case Content::kJson:
      return read_json_tracks(file, text);
    case Content::kNumbers:
      return read_mot_tracks(file, text);
    case Content::kTable:
      break;
  }
  return read_csv_tracks(file, text);
}

}  // namespace

TrackCoordinates parse_track_coordinates(std::string_view name) {
  return value_of(kCoordinates, "coordinates", name);
}

std::string to_string(TrackCoordinates coordinates) { return name_of(kCoordinates, coordinates); }

TrackFile read_tracks(const std::filesystem::path& file, const TrackReading& reading) {
  return checked_tracks(file, found_in(file, reading), reading);
}

}  // namespace rollingdepth
