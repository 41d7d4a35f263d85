#include "live/disk_reserve.hpp"

#include <system_error>
#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth::live {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kBytes = 8'000'000;

// All ones where it is not known.
std::uintmax_t available_beside(const fs::path& file) {
  std::error_code problem;
  return fs::space(fs::absolute(file, problem).parent_path(), problem).available;
}

}  // namespace

DiskReserve::DiskReserve(fs::path file)
    : file_(std::move(file)), is_kept_(available_beside(file_) >= 4 * kBytes) {}

bool DiskReserve::is_reached(std::int64_t bytes_to_come) const {
  return is_kept_ && available_beside(file_) < kBytes + static_cast<std::uintmax_t>(bytes_to_come);
}

void DiskReserve::tell_of_the_end() const {
  throw Error(ErrorKind::kOutput, file_.string() +
                                      " ends here and is whole: its disk is full but for " +
                                      "what finishing it takes");
}

}  // namespace rollingdepth::live
