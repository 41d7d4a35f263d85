#include <ATen/core/Tensor.h>

#include <utility>

#include "rollingdepth/error.hpp"
#include "write/depth_painter.hpp"
#include "write/encoder.hpp"
#include "write/side_by_side.hpp"
#include "write/video.hpp"

namespace rollingdepth {
namespace {

FrameSize side_by_side_size_of(const DepthClipInfo& clip) {
  return side_by_side_size({clip.width_px, clip.height_px});
}

void require_begun(const std::unique_ptr<VideoWriter>& writer, const std::filesystem::path& file) {
  if (!writer) {
    throw Error(ErrorKind::kFailed, "cannot write " + file.string() + ": it was not begun");
  }
}

class ColorVideoSink final : public DepthSink {
 public:
  ColorVideoSink(std::filesystem::path file, const std::string& colormap,
                 std::optional<Rational> fps, std::shared_ptr<ClipSound> sound)
      : file_(std::move(file)), painter_(colormap), fps_(fps), sound_(std::move(sound)) {}

  [[nodiscard]] std::string name() const override { return file_.filename().string(); }

  void begin(const DepthClipInfo& info) override {
    painter_.begin(info);
    writer_ = make_video_writer(file_, {info.width_px, info.height_px},
                                video_options(info, fps_, sound_));
  }

  void write(const at::Tensor& depth, std::int64_t pts) override {
    require_begun(writer_, file_);
    writer_->write(painter_.paint(depth), pts);
  }

  void finish() override {
    require_begun(writer_, file_);
    writer_->finish();
  }

 private:
  std::filesystem::path file_;
  DepthPainter painter_;
  std::optional<Rational> fps_;
  std::shared_ptr<ClipSound> sound_;
  std::unique_ptr<VideoWriter> writer_;
};

class SideBySideSink final : public DepthSink {
 public:
  SideBySideSink(std::filesystem::path file, const std::string& colormap,
                 std::optional<Rational> fps, ColorFrames colors, std::shared_ptr<ClipSound> sound)
      : file_(std::move(file)),
        painter_(colormap),
        fps_(fps),
        colors_(std::move(colors), file_),
        sound_(std::move(sound)) {}

  [[nodiscard]] std::string name() const override { return file_.filename().string(); }

  void begin(const DepthClipInfo& info) override {
    painter_.begin(info);
    writer_ =
        make_video_writer(file_, side_by_side_size_of(info), video_options(info, fps_, sound_));
    colors_.begin();
  }

  void write(const at::Tensor& depth, std::int64_t pts) override {
    require_begun(writer_, file_);
    writer_->write(side_by_side(colors_.next(), painter_.paint(depth)), pts);
  }

  void finish() override {
    require_begun(writer_, file_);
    writer_->finish();
  }

 private:
  std::filesystem::path file_;
  DepthPainter painter_;
  std::optional<Rational> fps_;
  ColorFrameReader colors_;
  std::shared_ptr<ClipSound> sound_;
  std::unique_ptr<VideoWriter> writer_;
};

}  // namespace

std::unique_ptr<DepthSink> make_color_video_sink(const std::filesystem::path& file,
                                                 const std::string& colormap,
                                                 std::optional<Rational> fps,
                                                 std::shared_ptr<ClipSound> sound) {
  return std::make_unique<ColorVideoSink>(file, colormap, fps, std::move(sound));
}

void check_color_video(const std::filesystem::path& file, const DepthClipInfo& clip,
                       std::optional<Rational> fps) {
  check_video_writer(file, {clip.width_px, clip.height_px}, timing_of(clip, fps));
}

void check_side_by_side(const std::filesystem::path& file, const DepthClipInfo& clip,
                        std::optional<Rational> fps) {
  check_video_writer(file, side_by_side_size_of(clip), timing_of(clip, fps));
}

std::unique_ptr<DepthSink> make_side_by_side_sink(const std::filesystem::path& file,
                                                  const std::string& colormap,
                                                  std::optional<Rational> fps, ColorFrames colors,
                                                  std::shared_ptr<ClipSound> sound) {
  return std::make_unique<SideBySideSink>(file, colormap, fps, std::move(colors), std::move(sound));
}

}  // namespace rollingdepth
