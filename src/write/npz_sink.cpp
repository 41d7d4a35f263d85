#include <ATen/ATen.h>
#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/file_descriptor.hpp"
#include "base/partial_file.hpp"
#include "media/npy_header.hpp"
#include "write/announced_frames.hpp"
#include "write/depth_files.hpp"

namespace rollingdepth {
namespace {

struct ArchiveFree {
  void operator()(archive* writer) const noexcept { archive_write_free(writer); }
};
struct EntryFree {
  void operator()(archive_entry* entry) const noexcept { archive_entry_free(entry); }
};

// @throws Error(kOutput) naming `file` for a code of libarchive that is none of success.
void require_ok(int code, archive* writer, const std::filesystem::path& file) {
  if (code == ARCHIVE_OK) return;
  const char* why = archive_error_string(writer);
  throw Error(ErrorKind::kOutput, "cannot write " + file.string() + ": " +
                                      (why != nullptr ? why : "libarchive failed"));
}

// A writer of compressed ZIP archives, not open yet.
std::unique_ptr<archive, ArchiveFree> make_writer(const std::filesystem::path& file) {
  std::unique_ptr<archive, ArchiveFree> writer(archive_write_new());
  if (!writer) throw std::bad_alloc();
  require_ok(archive_write_set_format_zip(writer.get()), writer.get(), file);
  // The fastest level: the last bits of floats are noise, which no level makes smaller.
  require_ok(archive_write_set_options(writer.get(), "zip:compression=deflate,compression-level=1"),
             writer.get(), file);
  // No padding behind the last block.
  require_ok(archive_write_set_bytes_in_last_block(writer.get(), 1), writer.get(), file);
  return writer;
}

// libzip, which writes the snippets, wants to be asked for its bytes; libarchive takes them as they
// come. From 4 GB on it writes the 64-bit format by itself.
class NpzSink final : public DepthSink {
 public:
  explicit NpzSink(const std::filesystem::path& file) : partial_(file), frames_(file) {}

  [[nodiscard]] std::string name() const override {
    return partial_.final_path().filename().string();
  }

  [[nodiscard]] bool needs_range() const override { return false; }
  void begin(const DepthClipInfo& info) override {
    frames_.begin(info);
    file_ = FileDescriptor::open_to_write(partial_.path());
    writer_ = make_writer(partial_.final_path());
    check(archive_write_open(writer_.get(), this, nullptr, &NpzSink::take_bytes, nullptr));
    begin_array(npy_header(at::kFloat, {info.frames, info.height_px, info.width_px}),
                4 * info.frames * info.height_px * info.width_px);
  }

  void write(const at::Tensor& depth, std::int64_t /*pts*/) override {
    frames_.count(depth);
    const at::Tensor rows = depth.contiguous();
    write_bytes(rows.const_data_ptr(), rows.nbytes());
  }

  void finish() override {
    // The header already promises the number of frames.
    frames_.require_all();
    check(archive_write_finish_entry(writer_.get()));
    check(archive_write_close(writer_.get()));
    file_.close();
    partial_.finish();
  }

 private:
  // libarchive's way out: a C function, which must not throw.
  static la_ssize_t take_bytes(archive* writer, void* sink, const void* bytes,
                               std::size_t size) noexcept {
    auto& self = *static_cast<NpzSink*>(sink);
    try {
      self.file_.write(bytes, size);
      return static_cast<la_ssize_t>(size);
    } catch (...) {
      self.failure_ = std::current_exception();
      archive_set_error(writer, EIO, "writing failed");
      return -1;
    }
  }

  void begin_array(const std::string& header, std::int64_t value_bytes) {
    const std::unique_ptr<archive_entry, EntryFree> entry(archive_entry_new());
    if (!entry) throw std::bad_alloc();
    archive_entry_set_pathname(entry.get(), "depth.npy");
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<std::int64_t>(header.size()) + value_bytes);
    // No date: the same depth gives the same file.
    check(archive_write_header(writer_.get(), entry.get()));
    write_bytes(header.data(), header.size());
  }

  void write_bytes(const void* bytes, std::size_t size) {
    const la_ssize_t written = archive_write_data(writer_.get(), bytes, size);
    if (written != static_cast<la_ssize_t>(size)) check(ARCHIVE_FATAL);
  }

  void check(int code) {
    if (code != ARCHIVE_OK && failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    require_ok(code, writer_.get(), partial_.final_path());
  }

  PartialFile partial_;
  AnnouncedFrames frames_;
  FileDescriptor file_;
  std::exception_ptr failure_;
  std::unique_ptr<archive, ArchiveFree> writer_;  // Destroyed first: it may still write.
};

}  // namespace

void check_npz(const std::filesystem::path& file) { make_writer(file); }

std::unique_ptr<DepthSink> make_npz_sink(const std::filesystem::path& file) {
  return std::make_unique<NpzSink>(file);
}

}  // namespace rollingdepth
