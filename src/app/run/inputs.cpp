#include "app/run/inputs.hpp"

#include <algorithm>
#include <map>

#include "app/run/distinct_inputs.hpp"
#include "app/run/input_list.hpp"
#include "app/run/options.hpp"
#include "decode/name_order.hpp"
#include "decode/video_reader.hpp"
#include "rollingdepth/error.hpp"
#include "write/output_formats.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

/// The files below one folder, sorted by path; hidden ones are left out.
struct FolderContent {
  std::vector<fs::path> videos;
  std::vector<fs::path> images;
};

/// Whether this program made the file or folder: its name is that of an input's output, and that
/// input's report lies beside it, or the job that was stopped before it wrote one.
bool is_own_output(const fs::path& output) {
  const std::optional<std::string> input = input_of_output(output.filename().string());
  if (!input) return false;
  const fs::path folder = output.parent_path();
  return fs::exists(folder / (*input + "_report.json")) || fs::exists(folder / (*input + ".job"));
}

FolderContent list_folder(const fs::path& folder, bool recursive) {
  FolderContent content;
  const auto take = [&](const fs::directory_entry& entry) {
    if (entry.path().filename().string().starts_with('.') || !entry.is_regular_file()) return;
    if (has_video_extension(entry.path()) && !is_own_output(entry.path())) {
      content.videos.push_back(entry.path());
    }
    if (has_image_extension(entry.path()) && !is_own_output(entry.path().parent_path())) {
      content.images.push_back(entry.path());
    }
  };
  if (recursive) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) take(entry);
  } else {
    for (const auto& entry : fs::directory_iterator(folder)) take(entry);
  }
  std::sort(content.videos.begin(), content.videos.end());
  std::sort(content.images.begin(), content.images.end(), counts_before);
  return content;
}

/// What all inputs are read with.
struct ReadingOptions {
  Rational image_rate;
  VideoReading video;
  ClipReduction reduction;
};

PlannedInput video_input(const fs::path& file, const fs::path& subfolder,
                         const ReadingOptions& reading) {
  return {.name = file.string(),
          .stem = file.stem().string(),
          .extension = file.extension().string(),
          .subfolder = subfolder,
          .files = {file},
          .is_video = true,
          .open =
              [file, reading] {
                return reduced_clip(open_video(file, reading.video), reading.reduction);
              },
          .deinterlaces = reading.video.deinterlaces,
          .reduction = reading.reduction};
}

/// @param extension of a file or a pattern; a folder has none.
PlannedInput image_input(std::string name, std::string stem, std::string extension,
                         const fs::path& subfolder, const std::vector<fs::path>& files,
                         const ReadingOptions& reading) {
  return {.name = name,
          .stem = std::move(stem),
          .extension = std::move(extension),
          .subfolder = subfolder,
          .files = files,
          .open =
              [name, files, reading] {
                return reduced_clip(
                    open_image_sequence(files, fs::path(name).filename().string(),
                                        reading.image_rate, reading.video.max_pixels),
                    reading.reduction);
              },
          .reduction = reading.reduction};
}

/// The last part of a folder's name, also of "." and "clips/".
std::string folder_name(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

/// `--recursive` keeps the way from the folder given to the file.
fs::path subfolder_of(const fs::path& folder, const fs::path& inside) {
  const fs::path relative = inside.lexically_relative(folder);
  return relative == "." ? fs::path() : relative;
}

/// True where a name has the place of a number: %d, %4d, %04d.
bool is_image_pattern(const std::string& value) {
  const std::size_t percent = value.find('%');
  if (percent == std::string::npos) return false;
  const std::size_t end = value.find_first_not_of("0123456789", percent + 1);
  return end != std::string::npos && value[end] == 'd';
}

/// "shot" for "shot_%04d.png"; the folder's name where nothing precedes the number.
std::string pattern_stem(const fs::path& pattern) {
  std::string stem = pattern.filename().string();
  stem.erase(stem.find('%'));
  while (!stem.empty() && (stem.back() == '_' || stem.back() == '-' || stem.back() == '.')) {
    stem.pop_back();
  }
  return stem.empty() ? folder_name(pattern.parent_path()) : stem;
}

class InputExpander {
 public:
  InputExpander(bool recursive, const ReadingOptions& reading, InputPlan& plan)
      : recursive_(recursive), reading_(reading), plan_(plan) {}

  void add(const std::string& value) {
    // One value that cannot be used does not stop the others.
    try {
      expand(value);
    } catch (const fs::filesystem_error& error) {
      plan_.problems.push_back("cannot read " + value + ": " + error.code().message());
    } catch (const std::exception& error) {
      plan_.problems.push_back(describe(error));
    }
  }

 private:
  void expand(const std::string& value) {
    const fs::path path(value);
    if (value.empty()) throw Error(ErrorKind::kInput, "-i: an empty name is no input");
    if (fs::is_directory(path)) {
      expand_folder(path);
    } else if (fs::exists(path)) {
      // A pipe could be read only once, and side-by-side videos read their input twice.
      if (!fs::is_regular_file(path)) {
        throw Error(ErrorKind::kInput, "cannot read " + value + ": neither a file nor a folder");
      }
      expand_file(path);
    } else if (is_image_pattern(path.filename().string())) {
      plan_.inputs.push_back(image_input(value, pattern_stem(path), path.extension().string(), {},
                                         expand_image_pattern(value), reading_));
    } else {
      throw Error(ErrorKind::kInput, "cannot read " + value + ": no such file or folder");
    }
  }

  void expand_file(const fs::path& file) {
    if (is_input_list(file)) {
      expand_list(file);
    } else if (has_image_extension(file)) {
      plan_.inputs.push_back(image_input(file.string(), file.stem().string(),
                                         file.extension().string(), {}, {file}, reading_));
    } else {
      plan_.inputs.push_back(video_input(file, {}, reading_));
    }
  }

  void expand_list(const fs::path& list) {
    for (const std::string& line : read_input_list(list)) {
      // An absolute line replaces the list's folder.
      const fs::path path = list.parent_path() / line;
      if (is_input_list(path) && fs::is_regular_file(path)) {
        plan_.problems.push_back("cannot read " + path.string() + ": the list " + list.string() +
                                 " names another list");
      } else {
        add(path.string());
      }
    }
  }

  void expand_folder(const fs::path& given) {
    // "clips/" and "clips" are the same folder.
    const fs::path folder = given.has_filename() ? given : given.parent_path();
    const FolderContent content = list_folder(folder, recursive_);
    if (!content.videos.empty()) {
      if (!content.images.empty()) {
        plan_.notes.push_back(folder.string() + " holds videos and images: its " +
                              std::to_string(content.images.size()) + " images are left out");
      }
      for (const fs::path& video : content.videos) {
        plan_.inputs.push_back(
            video_input(video, subfolder_of(folder, video.parent_path()), reading_));
      }
      return;
    }
    if (content.images.empty()) {
      throw Error(ErrorKind::kInput, "cannot use the folder " + folder.string() +
                                         ": it holds no videos and no images" +
                                         (recursive_ ? "" : " (--recursive looks deeper)"));
    }
    std::map<fs::path, std::vector<fs::path>> sequences;
    for (const fs::path& image : content.images) sequences[image.parent_path()].push_back(image);
    for (const auto& [place, files] : sequences) {
      // A sequence below the folder given is an item of it, as a video would be.
      const bool below = place != folder;
      plan_.inputs.push_back(image_input(
          place.string(), folder_name(place), "",
          below ? subfolder_of(folder, place.parent_path()) : fs::path(), files, reading_));
    }
  }

  bool recursive_;
  ReadingOptions reading_;
  InputPlan& plan_;
};

}  // namespace

InputPlan plan_inputs(const std::vector<std::string>& values, bool recursive, Rational image_rate,
                      const VideoReading& video, const ClipReduction& reduction) {
  InputPlan plan;
  InputExpander expander(recursive,
                         {.image_rate = image_rate, .video = video, .reduction = reduction}, plan);
  for (const std::string& value : values) expander.add(value);
  drop_repeated_inputs(plan);
  for (const PlannedInput& input : plan.inputs) {
    if (video.deinterlaces && !input.deinterlaces) {
      plan.notes.push_back(input.name + " is read as it is: --deinterlace counts for videos");
    }
  }
  return plan;
}

InputPlan plan_inputs(const RunOptions& options) {
  const int threads = options.planned ? options.planned->decoder_threads : options.threads;
  return plan_inputs(
      options.inputs, options.recursive, options.output_fps.value_or(kDefaultImageRate),
      {.max_pixels = options.max_pixels, .deinterlaces = options.deinterlace, .threads = threads},
      {.target_rate = options.target_fps, .max_res_px = options.max_res_px});
}

void require_distinct_outputs(const std::vector<PlannedInput>& inputs) {
  std::map<fs::path, const PlannedInput*> owners;
  for (const PlannedInput& input : inputs) {
    const auto [owner, fresh] = owners.emplace(input.subfolder / input.stem, &input);
    if (fresh) continue;
    throw Error(ErrorKind::kUsage, "the outputs of " + owner->second->name + " and " + input.name +
                                       " would have the same names (" +
                                       (input.subfolder / input.stem).string() +
                                       "_...): rename one or run them into different folders");
  }
}

}  // namespace rollingdepth
