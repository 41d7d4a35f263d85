#include "app/text_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "rollingdepth/error.hpp"

namespace rollingdepth {

void write_text(const PartialFile& file, const std::string& text) {
  std::ofstream stream(file.path(), std::ios::binary);
  stream << text;
  stream.close();
  if (stream) return;
  const int code = errno;
  throw Error(ErrorKind::kOutput,
              "cannot write " + file.final_path().string() + ": " + std::strerror(code),
              retry_after(code));
}

void write_text_file(const std::filesystem::path& file, const std::string& text) {
  PartialFile partial(file);
  write_text(partial, text);
  partial.finish();
}

}  // namespace rollingdepth
