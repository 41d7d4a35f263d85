#include "write/snippet_archive.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "base/partial_file.hpp"
#include "media/npy_header.hpp"
#include "media/zip_handle.hpp"
#include "store/map_store.hpp"

namespace rollingdepth {
namespace {

// The bytes of one `.npy` entry, made while libzip asks for them: a header, then the records.
class NpyStream {
 public:
  explicit NpyStream(const MapStore& maps) : maps_(maps) {
    const std::vector<std::int64_t> shape(maps.shape().begin(), maps.shape().end());
    header_ = npy_header(at::kFloat, shape);
    std::uint64_t value_bytes = sizeof(float);
    for (const std::int64_t extent : shape) value_bytes *= static_cast<std::uint64_t>(extent);
    size_bytes_ = header_.size() + value_bytes;
  }

  // For zip_source_function: a C function, which must not throw.
  static zip_int64_t callback(void* stream, void* buffer, zip_uint64_t length,
                              zip_source_cmd_t command) noexcept {
    return static_cast<NpyStream*>(stream)->answer(buffer, length, command);
  }

  // What went wrong while libzip was reading, or nothing.
  [[nodiscard]] std::exception_ptr failure() const { return failure_; }

 private:
  zip_int64_t answer(void* buffer, zip_uint64_t length, zip_source_cmd_t command) noexcept {
    switch (command) {
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              -1);
      case ZIP_SOURCE_OPEN:
        load_header();
        return 0;
      case ZIP_SOURCE_READ:
        return read(static_cast<char*>(buffer), length);
      case ZIP_SOURCE_STAT: {
        // The size decides whether the entry needs the 64-bit format.
        auto* status = static_cast<zip_stat_t*>(buffer);
        zip_stat_init(status);
        status->valid = ZIP_STAT_SIZE;
        status->size = size_bytes_;
        return sizeof(*status);
      }
      case ZIP_SOURCE_ERROR: {
        const int error[2] = {ZIP_ER_READ, 0};
        std::memcpy(buffer, error, sizeof(error));
        return sizeof(error);
      }
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:
        return 0;
      default:
        return -1;
    }
  }

  void load_header() {
    chunk_ = {header_.data(), header_.size()};
    next_record_ = 0;
  }

  zip_int64_t read(char* buffer, zip_uint64_t length) noexcept try {
    zip_uint64_t done = 0;
    while (done < length) {
      if (chunk_.empty()) {
        if (next_record_ == maps_.shape().front()) break;
        record_ = maps_.read(next_record_++);
        chunk_ = {static_cast<const char*>(record_.const_data_ptr()), record_.nbytes()};
      }
      const std::size_t part = std::min<std::size_t>(length - done, chunk_.size());
      std::memcpy(buffer + done, chunk_.data(), part);
      chunk_.remove_prefix(part);
      done += part;
    }
    return static_cast<zip_int64_t>(done);
  } catch (...) {
    failure_ = std::current_exception();
    return -1;
  }

  const MapStore& maps_;
  std::string header_;
  std::uint64_t size_bytes_ = 0;
  at::Tensor record_;
  std::string_view chunk_;  // What is left of the header or of `record_`.
  std::int64_t next_record_ = 0;
  std::exception_ptr failure_;
};

class NpzArchive final : public SnippetArchive {
 public:
  explicit NpzArchive(const std::filesystem::path& file) : partial_(file) {}

  void write(const std::vector<SpooledSnippets>& snippets) override {
    // libzip reads its sources only when it closes the archive: they must outlive it.
    std::vector<std::unique_ptr<NpyStream>> streams;
    std::string listed;
    ZipPtr archive = open();
    std::vector<std::int64_t> dilations;
    std::set<std::int64_t> stored;
    for (const SpooledSnippets& entry : snippets) {
      dilations.push_back(entry.plan.dilation);
      if (!stored.insert(entry.plan.dilation).second) continue;
      NpyStream& stream = *streams.emplace_back(std::make_unique<NpyStream>(*entry.maps));
      add(archive.get(), "dilation" + std::to_string(entry.plan.dilation) + ".npy",
          zip_source_function(archive.get(), &NpyStream::callback, &stream));
    }
    listed = npy_header(at::kLong, {static_cast<std::int64_t>(dilations.size())});
    listed.append(reinterpret_cast<const char*>(dilations.data()),
                  dilations.size() * sizeof(std::int64_t));
    add(archive.get(), "dilations.npy",
        zip_source_buffer(archive.get(), listed.data(), listed.size(), 0));
    close(std::move(archive), streams);
    written_ = true;
  }

  void finish() override {
    if (!written_) {
      throw Error(ErrorKind::kFailed,
                  "cannot write " + partial_.final_path().string() + ": no snippets came");
    }
    partial_.finish();
  }

 private:
  [[noreturn]] void fail(const std::string& why, Retry retry = Retry::kUnknown) const {
    throw Error(ErrorKind::kOutput, "cannot write " + partial_.final_path().string() + ": " + why,
                retry);
  }

  [[nodiscard]] ZipPtr open() const {
    int code = 0;
    ZipPtr archive(zip_open(partial_.path().c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
    if (!archive) fail(zip_text(code));
    return archive;
  }

  void add(zip_t* archive, const std::string& name, zip_source_t* source) const {
    const zip_int64_t index =
        source == nullptr ? -1 : zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      fail(zip_text(zip_get_error(archive)));
    }
    const auto entry = static_cast<zip_uint64_t>(index);
    // Depth hardly compresses, and numpy reads stored entries fastest.
    zip_set_file_compression(archive, entry, ZIP_CM_STORE, 0);
    // 1980-01-01, as numpy does: the same snippets give the same file.
    constexpr zip_uint16_t kMidnight = 0;
    constexpr zip_uint16_t kFirstOfJanuary1980 = 1 << 5 | 1;
    zip_file_set_dostime(archive, entry, kMidnight, kFirstOfJanuary1980, 0);
  }

  void close(ZipPtr archive, const std::vector<std::unique_ptr<NpyStream>>& streams) const {
    if (zip_close(archive.get()) == 0) {
      (void)archive.release();  // zip_close has freed it.
      return;
    }
    for (const auto& stream : streams) {
      if (stream->failure()) std::rethrow_exception(stream->failure());
    }
    zip_error_t* const error = zip_get_error(archive.get());
    fail(zip_text(error), retry_after(zip_error_code_system(error)));
  }

  PartialFile partial_;
  bool written_ = false;
};

}  // namespace

std::unique_ptr<SnippetArchive> make_snippet_archive(const std::filesystem::path& file) {
  return std::make_unique<NpzArchive>(file);
}

}  // namespace rollingdepth
