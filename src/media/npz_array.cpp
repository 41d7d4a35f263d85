#include "media/npz_array.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <archive.h>
#include <archive_entry.h>
#include <c10/util/StringUtil.h>

#include <array>
#include <cerrno>
#include <new>
#include <string_view>

#include "base/byte_size.hpp"
#include "base/file_descriptor.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// Read anew for every entry that is passed over.
constexpr std::size_t kBlockBytes = 16384;
// libarchive's code where it knows no format for a file.
#ifdef EFTYPE
constexpr int kUnknownFormat = EFTYPE;
#else
constexpr int kUnknownFormat = EILSEQ;
#endif
// Two bits stand for 258 bytes at most.
constexpr std::uintmax_t kMostPerDeflatedByte = 1032;

std::string why(archive* reader) {
  const char* text = archive_error_string(reader);
  std::string line = text != nullptr ? text : "libarchive failed";
  while (line.ends_with('\n')) line.pop_back();
  return line;
}

// In bytes, or in UTF-8 where the archive says so and the locale cannot spell it.
std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr) name = archive_entry_pathname_utf8(entry);
  return name != nullptr ? name : "";
}

// Nothing but the end of a directory, which libarchive does not take for an archive.
bool is_empty_archive(const FileDescriptor& file, std::uintmax_t bytes) {
  constexpr std::string_view kEnd = "PK\5\6";
  std::array<char, 22> content{};
  return bytes == content.size() && file.read_at(content.data(), content.size(), 0) &&
         std::string_view(content.data(), content.size()).starts_with(kEnd);
}

}  // namespace

void NpzArray::Close::operator()(archive* reader) const noexcept { archive_read_free(reader); }

NpzFile::NpzFile(const std::filesystem::path& file) : name_(file.string()) {
  // In the system's words where that is not possible.
  const FileDescriptor opened = FileDescriptor::open_to_read(file);
  bytes_ = std::filesystem::file_size(file);
  if (is_empty_archive(opened, bytes_)) return;
  const NpzArray::Reader reader = NpzArray::open(name_);
  while (archive_entry* const entry = NpzArray::next_entry(reader.get(), name_)) {
    entries_.push_back(name_of(entry));
  }
}

std::string NpzFile::label(const std::string& array) const { return "'" + array + "' of " + name_; }

void NpzFile::fail(const std::string& array, const std::string& why) const {
  throw Error(ErrorKind::kInput, "cannot read " + label(array) + ": " + why);
}

std::string array_of_entry(const std::string& entry) {
  return entry.ends_with(".npy") ? entry.substr(0, entry.size() - 4) : "";
}

NpzArray::NpzArray(const NpzFile& file, const std::string& array)
    : file_(file), array_(array), reader_(open(file.name_)) {
  archive_entry* entry = next_entry(reader_.get(), file_.name_);
  while (entry != nullptr && name_of(entry) != array + ".npy") {
    entry = next_entry(reader_.get(), file_.name_);
  }
  if (entry == nullptr) file_.fail(array_, "the archive holds no such array");
  const std::int64_t size_bytes = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : -1;
  check_claim(size_bytes);
  header_ = read_npy_header(file_.label(array_),
                            [this](void* buffer, std::size_t size) { return read(buffer, size); });
  check_size(size_bytes);
}

// The directory at its end counts, as for NumPy: what stands in front of the entries may differ.
NpzArray::Reader NpzArray::open(const std::string& file) {
  Reader reader(archive_read_new());
  if (!reader || archive_read_support_format_zip_seekable(reader.get()) != ARCHIVE_OK) {
    throw std::bad_alloc();
  }
  if (archive_read_open_filename(reader.get(), file.c_str(), kBlockBytes) != ARCHIVE_OK) {
    const bool is_other = archive_errno(reader.get()) == kUnknownFormat;
    throw Error(ErrorKind::kInput,
                "cannot read " + file + ": " +
                    (is_other ? "not an .npz archive, or cut short" : why(reader.get())));
  }
  return reader;
}

// The data of those before it is passed over without being read. Null behind the last.
archive_entry* NpzArray::next_entry(archive* reader, const std::string& file) {
  archive_entry* entry = nullptr;
  const int code = archive_read_next_header(reader, &entry);
  if (code == ARCHIVE_EOF) return nullptr;
  if (code >= ARCHIVE_WARN) return entry;
  throw Error(ErrorKind::kInput, "cannot read " + file + ": " + why(reader));
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
  const la_ssize_t got = archive_read_data(reader_.get(), buffer, size);
  if (got < 0) file_.fail(array_, why(reader_.get()));
  return static_cast<std::size_t>(got);
}

// What the archive says of sizes is no more than a claim: it is held against the bytes that are
// there.
void NpzArray::check_claim(std::int64_t size_bytes) const {
  // "ZIP 2.0 (deflation)": libarchive has no other word on it.
  const std::string_view packing = archive_format_name(reader_.get());
  const bool is_stored = packing.ends_with("(uncompressed)");
  if (!is_stored && !packing.ends_with("(deflation)")) {
    file_.fail(array_, "it is neither stored nor deflated, which is all that NumPy writes");
  }
  const std::uintmax_t most = (is_stored ? 1 : kMostPerDeflatedByte) * file_.bytes_;
  if (size_bytes > 0 && static_cast<std::uintmax_t>(size_bytes) > most) {
    file_.fail(array_, "it claims " + format_bytes(static_cast<double>(size_bytes)) +
                           ", and the whole archive has " + std::to_string(file_.bytes_) +
                           " bytes");
  }
}

// A damaged shape must not become an allocation.
void NpzArray::check_size(std::int64_t size_bytes) const {
  if (size_bytes - header_.size_bytes != header_.value_bytes()) {
    file_.fail(array_,
               "its size does not fit its shape " + c10::str(c10::IntArrayRef(header_.shape)));
  }
}

}  // namespace rollingdepth
