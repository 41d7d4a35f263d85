#include "media/npz_array.hpp"

#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>

#include <algorithm>

#include "base/byte_size.hpp"
#include "base/error.hpp"

namespace rollingdepth {
namespace {

// Two bits stand for 258 bytes at most.
constexpr zip_uint64_t kMostPerDeflatedByte = 1032;

}  // namespace

NpzFile::NpzFile(const std::filesystem::path& file) : name_(file.string()) {
  int code = 0;
  archive_.reset(zip_open(file.c_str(), ZIP_RDONLY, &code));
  if (archive_) {
    bytes_ = std::filesystem::file_size(file);
    return;
  }
  throw Error(ErrorKind::kInput,
              "cannot read " + name_ + ": " +
                  (code == ZIP_ER_NOZIP ? "not an .npz archive, or cut short" : zip_text(code)));
}

std::vector<std::string> NpzFile::entries() const {
  std::vector<std::string> names;
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), 0);
    if (name != nullptr) names.emplace_back(name);
  }
  return names;
}

std::string NpzFile::label(const std::string& array) const { return "'" + array + "' of " + name_; }

void NpzFile::fail(const std::string& array, const std::string& why) const {
  throw Error(ErrorKind::kInput, "cannot read " + label(array) + ": " + why);
}

std::string array_of_entry(const std::string& entry) {
  return entry.ends_with(".npy") ? entry.substr(0, entry.size() - 4) : "";
}

NpzArray::NpzArray(const NpzFile& file, const std::string& array) : file_(file), array_(array) {
  const std::string entry = array + ".npy";
  zip_t* archive = file.archive_.get();
  zip_stat_t status;
  zip_stat_init(&status);
  entry_.reset(zip_fopen(archive, entry.c_str(), 0));
  if (!entry_ || zip_stat(archive, entry.c_str(), 0, &status) != 0) {
    file_.fail(array_, zip_text(zip_get_error(archive)));
  }
  header_ = read_npy_header(file_.label(array_),
                            [this](void* buffer, std::size_t size) { return read(buffer, size); });
  check_size(status);
}

at::Tensor NpzArray::values(c10::IntArrayRef shape) {
  at::Tensor tensor = at::empty(shape, header_.dtype);
  if (read(tensor.data_ptr(), tensor.nbytes()) < tensor.nbytes()) file_.fail(array_, "cut short");
  return tensor;
}

void NpzArray::finish() {
  char more = 0;
  if (read(&more, 1) != 0) file_.fail(array_, "it is longer than its shape says");
}

std::size_t NpzArray::read(void* buffer, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const zip_int64_t got = zip_fread(entry_.get(), static_cast<char*>(buffer) + done, size - done);
    if (got < 0) file_.fail(array_, zip_text(zip_file_get_error(entry_.get())));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

// A damaged shape must not become an allocation, and what the archive says of sizes is no more than
// a claim: it is held against the bytes that are there.
void NpzArray::check_size(const zip_stat_t& status) const {
  if (static_cast<std::int64_t>(status.size) - header_.size_bytes != header_.value_bytes()) {
    file_.fail(array_,
               "its size does not fit its shape " + c10::str(c10::IntArrayRef(header_.shape)));
  }
  if (status.comp_method != ZIP_CM_STORE && status.comp_method != ZIP_CM_DEFLATE) {
    file_.fail(array_, "it is neither stored nor deflated, which is all that NumPy writes");
  }
  const zip_uint64_t most = status.comp_method == ZIP_CM_STORE
                                ? status.comp_size
                                : kMostPerDeflatedByte * (status.comp_size + 1);
  if (status.comp_size > file_.bytes_ || status.size > most) {
    file_.fail(array_, "it claims " + format_bytes(static_cast<double>(status.size)) + ", and " +
                           std::to_string(std::min(status.comp_size, file_.bytes_)) +
                           " bytes of it are there");
  }
}

}  // namespace rollingdepth
