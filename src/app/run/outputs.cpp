#include "app/run/outputs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>

#include "rollingdepth/error.hpp"

namespace rollingdepth {

namespace fs = std::filesystem;

namespace {

// One for all names of a file; what the system cannot look up is as it is called.
fs::path whole_path(const fs::path& file) {
  std::error_code problem;
  fs::path whole = fs::weakly_canonical(fs::absolute(file, problem), problem);
  return problem ? file : whole;
}

bool exists(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

}  // namespace

const OutputFile* OutputFiles::find(std::string_view format) const {
  const auto found = std::find_if(formats.begin(), formats.end(), [&](const OutputFile& file) {
    return file.format->name == format;
  });
  return found != formats.end() ? &*found : nullptr;
}

std::vector<fs::path> OutputFiles::all() const {
  std::vector<fs::path> files;
  for (const OutputFile& file : formats) files.push_back(file.path);
  files.push_back(report);
  return files;
}

bool OutputFiles::all_exist() const {
  const std::vector<fs::path> files = all();
  return std::all_of(files.begin(), files.end(), exists);
}

bool OutputFiles::any_exist() const {
  const std::vector<fs::path> files = all();
  return std::any_of(files.begin(), files.end(), exists);
}

std::string side_by_side_colormap(const RunOptions& options) {
  return options.colormaps.empty() ? RunOptions{}.colormaps.front() : options.colormaps.front();
}

OutputFiles output_files(const RunOptions& options, const PlannedInput& input) {
  OutputFiles files;
  files.folder =
      input.subfolder.empty() ? options.output_dir : options.output_dir / input.subfolder;
  const auto file = [&](const std::string& ending) { return files.folder / (input.stem + ending); };
  for (const OutputFormat& format : output_formats()) {
    if (!options.writes(format.name)) continue;
    const bool is_each = format.kind == OutputOption::kColormaps;
    for (const std::string& colormap :
         is_each ? options.colormaps : std::vector{side_by_side_colormap(options)}) {
      files.formats.push_back({&format, file(format.ending_for(colormap)), colormap});
    }
  }
  files.report = file("_report.json");
  files.job = file(".job");
  return files;
}

double raw_bytes_per_pixel(const OutputFiles& files, const RunOptions& options, FrameSize depth) {
  double bytes = 0;
  for (const OutputFile& file : files.formats) {
    bytes += file.format->bytes_per_pixel;
    if (file.format->bytes_per_point == 0) continue;
    bytes += file.format->bytes_per_point * options.points.clouds.largest_share(depth);
  }
  return bytes;
}

bool shares_disk(const fs::path& one, const fs::path& other) {
  struct stat first = {}, second = {};
  return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev;
}

void require_inputs_untouched(const std::vector<PlannedInput>& inputs, const RunOptions& options) {
  std::set<fs::path> read;
  for (const PlannedInput& input : inputs) {
    for (const fs::path& file : input.files) {
      read.insert(whole_path(file));
      // An output that is a folder is replaced with all that it holds.
      read.insert(whole_path(file).parent_path());
    }
  }
  for (const PlannedInput& input : inputs) {
    for (const fs::path& file : output_files(options, input).all()) {
      if (!read.contains(whole_path(file))) continue;
      throw Error(ErrorKind::kUsage, "an output of " + input.name + " would replace the input " +
                                         file.string() + ": choose another --output-dir");
    }
  }
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

fs::path write_target(const fs::path& file) {
  constexpr int kMostLinks = 40;  // The system's own bound.
  std::error_code ignored;
  fs::path target = file;
  for (int links = 0; links < kMostLinks && fs::is_symlink(target, ignored); ++links) {
    target = target.parent_path() / fs::read_symlink(target, ignored);
  }
  return target;
}

void require_plain_file(const fs::path& file, const std::vector<fs::path>& inputs) {
  std::error_code ignored;
  if (!file.has_filename() || fs::is_directory(file, ignored)) {
    throw Error(ErrorKind::kUsage, file.string() + " is a folder, not a file to write");
  }
  // A rename would put a plain file in the place of a device or a pipe.
  if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored)) {
    throw Error(ErrorKind::kUsage, file.string() + " exists and is no plain file");
  }
  for (const fs::path& input : inputs) {
    const bool lies_in_it =
        fs::is_directory(input, ignored) && fs::equivalent(folder_of(file), input, ignored);
    if (lies_in_it || fs::equivalent(file, input, ignored)) {
      throw Error(ErrorKind::kUsage, file.string() + " would replace what is read");
    }
  }
}

void require_distinct(const std::vector<fs::path>& outputs) {
  std::set<fs::path> places;
  for (const fs::path& output : outputs) {
    if (places.insert(whole_path(output)).second) continue;
    throw Error(ErrorKind::kUsage, "two outputs are called " + output.string());
  }
}

void require_free(const fs::path& output, bool overwrite) {
  std::error_code ignored;
  if (overwrite || !fs::exists(output, ignored)) return;
  if (fs::is_directory(output, ignored) && fs::is_empty(output, ignored)) return;
  throw Error(ErrorKind::kOutput, output.string() + " exists (--overwrite replaces it)");
}

void prepare_output_folder(const fs::path& folder) {
  const std::string doing = "cannot write to the output folder " + folder.string() + ": ";
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw Error(ErrorKind::kOutput, doing + problem.message());
  std::string probe = (folder / ".rollingdepth-XXXXXX").string();
  const int descriptor = mkstemp(probe.data());
  if (descriptor < 0) throw Error(ErrorKind::kOutput, doing + std::strerror(errno));
  close(descriptor);
  unlink(probe.c_str());
}

}  // namespace rollingdepth
