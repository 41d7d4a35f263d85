#pragma once

#include <zip.h>

#include <memory>
#include <string>
#include <system_error>

namespace rollingdepth {

/// Closes an archive without writing to it.
struct ZipDiscard {
  void operator()(zip_t* archive) const noexcept { zip_discard(archive); }
};
using ZipPtr = std::unique_ptr<zip_t, ZipDiscard>;

/// What went wrong, in the system's words where it was the system.
inline std::string zip_text(zip_error_t* error) {
  if (zip_error_system_type(error) == ZIP_ET_SYS) {
    return std::generic_category().message(zip_error_code_system(error));
  }
  return zip_error_strerror(error);
}

/// The same for the code that zip_open gives.
inline std::string zip_text(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_text(&error);
  zip_error_fini(&error);
  return text;
}

}  // namespace rollingdepth
