#include "live/disk_reserve.hpp"

#include <system_error>
#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth::live {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kBytes = 8'000'000;

// All ones where it is not known.
std::uintmax_t available_in(const fs::path& folder) {
  std::error_code problem;
  return fs::space(folder, problem).available;
}

}  // namespace

DiskReserve::DiskReserve(fs::path file)
    : file_(std::move(file)),
      folder_(fs::absolute(file_).parent_path()),
      is_kept_(available_in(folder_) >= 4 * kBytes) {}

bool DiskReserve::is_reached(std::int64_t bytes_to_come) const {
  return is_kept_ && available_in(folder_) < kBytes + static_cast<std::uintmax_t>(bytes_to_come);
}

void DiskReserve::tell_of_the_end() const {
  throw Error(ErrorKind::kOutput, file_.string() +
                                      " ends here and is whole: its disk is full but for " +
                                      "what finishing it takes");
}

}  // namespace rollingdepth::live
