#include "live/pixel_sink.hpp"

#include <string>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/partial_file.hpp"
#include "live/call_limit.hpp"
#include "live/disk_reserve.hpp"
#include "live/pipe_writer.hpp"

namespace rollingdepth::live {
namespace {

class PipeSink final : public PictureSink {
 public:
  PipeSink(int pipe, const PixelLayout& layout, const PictureShape& shape, const StopFlag& stop,
           std::shared_ptr<TargetLedger> ledger)
      : pictures_(layout, shape),
        ledger_(std::move(ledger)),
        limit_(stop),
        pipe_(pipe, "standard output", limit_) {
    limit_.begin(std::nullopt);
    ledger_->receiver_came("");
  }

  bool ready() override { return !pipe_.given_up(); }

  void write(const SharedPicture& picture) override {
    if (write_header() && write_all(pictures_.bytes(*picture))) {
      ledger_->sent(*picture);
    } else {
      ledger_->dropped();
    }
  }

  void finish() override { write_header(); }

  void hurry() override { limit_.hurry(); }

 private:
  // A stream without pictures is one too.
  bool write_header() {
    if (!has_header_) has_header_ = write_all(pictures_.header());
    return has_header_;
  }

  template <class Bytes>
  bool write_all(const Bytes& bytes) {
    return pipe_.write(bytes.data(), bytes.size());
  }

  PixelPictures pictures_;
  const std::shared_ptr<TargetLedger> ledger_;
  CallLimit limit_;
  PipeWriter pipe_;
  bool has_header_ = false;
};

class PixelFileSink final : public PictureSink {
 public:
  PixelFileSink(const std::filesystem::path& file, const PixelLayout& layout,
                const PictureShape& shape, std::shared_ptr<TargetLedger> ledger)
      : partial_(file),
        file_(FileDescriptor::open_to_write(partial_.path(), file)),
        pictures_(layout, shape),
        ledger_(std::move(ledger)),
        reserve_(file) {
    ledger_->receiver_came("");
  }

  void write(const SharedPicture& picture) override {
    if (is_empty_) {
      const std::string header = pictures_.header();
      file_.write(header.data(), header.size());
    }
    const std::vector<std::uint8_t>& bytes = pictures_.bytes(*picture);
    file_.write(bytes.data(), bytes.size());
    is_empty_ = false;
    ledger_->sent(*picture);
    if (!reserve_.is_reached(2 * static_cast<std::int64_t>(bytes.size()))) return;
    finish();
    reserve_.tell_of_the_end();
  }

  void finish() override {
    if (is_empty_) return;
    file_.close();
    partial_.finish();
  }

  void hurry() override {}  // A disk is no receiver.

 private:
  PartialFile partial_;
  FileDescriptor file_;
  PixelPictures pictures_;
  const std::shared_ptr<TargetLedger> ledger_;
  DiskReserve reserve_;
  bool is_empty_ = true;
};

}  // namespace

std::unique_ptr<PictureSink> make_pipe_sink(int pipe, const PixelLayout& layout,
                                            const PictureShape& shape, const StopFlag& stop,
                                            std::shared_ptr<TargetLedger> ledger) {
  return std::make_unique<PipeSink>(pipe, layout, shape, stop, std::move(ledger));
}

std::unique_ptr<PictureSink> make_pixel_file_sink(const std::filesystem::path& file,
                                                  const PixelLayout& layout,
                                                  const PictureShape& shape,
                                                  std::shared_ptr<TargetLedger> ledger) {
  return std::make_unique<PixelFileSink>(file, layout, shape, std::move(ledger));
}

}  // namespace rollingdepth::live
