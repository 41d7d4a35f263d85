#include "write/npz_writer.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <new>
#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

struct EntryFree {
  void operator()(archive_entry* entry) const noexcept { archive_entry_free(entry); }
};

// The fastest level: the last bits of floats are noise, which no level makes smaller.
constexpr const char* kDeflate = "zip:compression=deflate,compression-level=1";
constexpr const char* kStore = "zip:compression=store";

// @throws Error(kOutput) naming `file` for a code of libarchive that is none of success.
void require_ok(int code, archive* writer, const std::filesystem::path& file) {
  if (code == ARCHIVE_OK) return;
  const char* why = archive_error_string(writer);
  throw Error(ErrorKind::kOutput, "cannot write " + file.string() + ": " +
                                      (why != nullptr ? why : "libarchive failed"));
}

}  // namespace

void NpzWriter::Free::operator()(archive* writer) const noexcept { archive_write_free(writer); }

NpzWriter::NpzWriter(const std::filesystem::path& file, Packing packing)
    : partial_(file), writer_(make_archive(file, packing)) {}

void NpzWriter::try_out(const std::filesystem::path& file, Packing packing) {
  make_archive(file, packing);
}

NpzWriter::Archive NpzWriter::make_archive(const std::filesystem::path& file, Packing packing) {
  Archive writer(archive_write_new());
  if (!writer) throw std::bad_alloc();
  require_ok(archive_write_set_format_zip(writer.get()), writer.get(), file);
  const char* const options = packing == Packing::kStored ? kStore : kDeflate;
  require_ok(archive_write_set_options(writer.get(), options), writer.get(), file);
  // No padding behind the last block.
  require_ok(archive_write_set_bytes_in_last_block(writer.get(), 1), writer.get(), file);
  return writer;
}

void NpzWriter::open() {
  file_ = FileDescriptor::open_to_write(partial_.path(), partial_.final_path());
  check(archive_write_open(writer_.get(), this, nullptr, &NpzWriter::take_bytes, nullptr));
}

void NpzWriter::begin(const std::string& entry, std::uint64_t size_bytes) {
  if (!file_.is_open()) open();
  const std::unique_ptr<archive_entry, EntryFree> facts(archive_entry_new());
  if (!facts) throw std::bad_alloc();
  archive_entry_set_pathname(facts.get(), entry.c_str());
  archive_entry_set_filetype(facts.get(), AE_IFREG);
  archive_entry_set_perm(facts.get(), 0644);
  archive_entry_set_size(facts.get(), static_cast<std::int64_t>(size_bytes));
  // No date: the same depth gives the same file.
  check(archive_write_header(writer_.get(), facts.get()));
}

void NpzWriter::write(const void* bytes, std::size_t size) {
  const la_ssize_t written = archive_write_data(writer_.get(), bytes, size);
  if (written != static_cast<la_ssize_t>(size)) check(ARCHIVE_FATAL);
}

void NpzWriter::close() {
  check(archive_write_finish_entry(writer_.get()));
  check(archive_write_close(writer_.get()));
  file_.close();
}

ssize_t NpzWriter::take_bytes(archive* writer, void* self, const void* bytes,
                              std::size_t size) noexcept {
  auto& npz = *static_cast<NpzWriter*>(self);
  try {
    npz.file_.write(bytes, size);
    return static_cast<ssize_t>(size);
  } catch (...) {
    npz.failure_ = std::current_exception();
    archive_set_error(writer, EIO, "writing failed");
    return -1;
  }
}

void NpzWriter::check(int code) {
  if (code != ARCHIVE_OK && failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  require_ok(code, writer_.get(), file());
}

}  // namespace rollingdepth
