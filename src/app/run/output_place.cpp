#include "app/run/output_place.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string>
#include <system_error>

#include "app/run/outputs.hpp"
#include "base/partial_file.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

// Where neither the system nor the file system says.
constexpr long kUsualNameBytes = 255;

[[noreturn]] void fail(const std::string& doing, const std::string& why) {
  throw Error(ErrorKind::kOutput, doing + ": " + why);
}

[[noreturn]] void fail(const std::string& doing, int code) {
  fail(doing, std::generic_category().message(code));
}

// `folder` itself, or the next above it that exists.
fs::path existing_folder(const fs::path& folder, const std::string& doing) {
  fs::path there = folder.empty() ? fs::path(".") : folder;
  while (true) {
    std::error_code problem;
    const fs::file_status status = fs::status(there, problem);
    if (fs::is_directory(status)) return there;
    if (fs::exists(status)) fail(doing, ENOTDIR);
    // "Not there" is a status, not a problem; what is left is a loop of links, a right, a name.
    if (status.type() != fs::file_type::not_found) fail(doing, problem.message());
    if (fs::is_symlink(fs::symlink_status(there, problem))) {
      fail(doing, there.string() + " is a link to nothing");
    }
    if (there == ".") fail(doing, ENOENT);
    there = there.has_parent_path() ? there.parent_path() : fs::path(".");
  }
}

long longest_name_bytes(const fs::path& folder) {
  const long bytes = ::pathconf(folder.c_str(), _PC_NAME_MAX);
  return bytes > 0 ? bytes : kUsualNameBytes;
}

}  // namespace

void require_name(const fs::path& path, std::size_t added_bytes) {
  const std::string doing = "cannot write " + path.string();
  const auto limit =
      static_cast<std::size_t>(longest_name_bytes(existing_folder(folder_of(path), doing)));
  const std::size_t name_bytes = path.filename().native().size() + added_bytes;
  if (name_bytes > limit) {
    fail(doing, "its name is " + std::to_string(name_bytes - limit) +
                    (name_bytes - limit == 1 ? " byte" : " bytes") +
                    " too long while it is written (at most " + std::to_string(limit) +
                    "); a shorter one helps");
  }
  if (path.native().size() + added_bytes >= PATH_MAX) fail(doing, ENAMETOOLONG);
}

void require_place(const fs::path& output, OutputShape shape) {
  const std::string doing = "cannot write " + output.string();
  const bool is_folder = shape == OutputShape::kFolder;
  const std::size_t while_written = longest_working_path(output, is_folder).native().size();
  require_name(output, while_written - output.native().size());
  std::error_code ignored;
  const fs::file_status there = fs::status(output, ignored);
  if (!fs::exists(there)) return;
  if (is_folder && !fs::is_directory(there)) fail(doing, "a file has this name: move it away");
  if (!is_folder && fs::is_directory(there)) fail(doing, "a folder has this name: move it away");
}

void require_writable_folder(const fs::path& folder, const std::string& doing) {
  const fs::path there = existing_folder(folder, doing);
  if (::faccessat(AT_FDCWD, there.c_str(), W_OK | X_OK, AT_EACCESS) != 0) fail(doing, errno);
  for (const fs::path& name : folder) {
    if (static_cast<long>(name.native().size()) > longest_name_bytes(there)) {
      fail(doing, ENAMETOOLONG);
    }
  }
}

void require_output_file(const fs::path& file) {
  require_writable_folder(folder_of(file), "cannot write " + file.string());
  require_place(file, OutputShape::kFile);
}

void prove_writable_folder(const fs::path& folder, const std::string& doing) {
  require_writable_folder(folder, doing);
  std::string probe = (existing_folder(folder, doing) / ".rollingdepth-XXXXXX").string();
  const int descriptor = ::mkstemp(probe.data());
  if (descriptor < 0) fail(doing, errno);
  ::close(descriptor);
  ::unlink(probe.c_str());
}

}  // namespace rollingdepth
