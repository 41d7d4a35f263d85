#include "live/pixel_pictures.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/printable.hpp"
#include "live/live_encoding.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::live {
namespace {

static_assert(std::endian::native == std::endian::little, "words are written as they lie");

constexpr float kLargest8 = 255;
constexpr float kLargest10 = 1023;
constexpr float kLargest16 = 65535;

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::kUsage, why); }

PixelFormat gray_of(int bits) {
  return bits == 8 ? PixelFormat::kGray8 : bits == 10 ? PixelFormat::kGray10 : PixelFormat::kGray16;
}

PixelFormat named_format(const std::string& name) {
  static constexpr std::pair<const char*, PixelFormat> kNames[] = {
      {"gray", PixelFormat::kGray8},
      {"gray10le", PixelFormat::kGray10},
      {"gray16le", PixelFormat::kGray16},
      {"grayf32le", PixelFormat::kFloat},
      {"rgb24", PixelFormat::kRgb}};
  for (const auto& [known, format] : kNames) {
    if (name == known) return format;
  }
  refuse("raw pictures are gray, gray10le, gray16le, grayf32le or rgb24, not " + printable(name));
}

// The samples of depth in [0, 1], NaN as 0.
template <class Level>
void append_levels(const at::Tensor& shown, float largest, std::vector<std::uint8_t>& bytes) {
  const at::Tensor values = shown.contiguous();
  const auto* from = values.const_data_ptr<float>();
  const auto count = static_cast<std::size_t>(values.numel());
  const std::size_t begin = bytes.size();
  bytes.resize(begin + count * sizeof(Level));
  auto* to = reinterpret_cast<Level*>(bytes.data() + begin);
  for (std::size_t i = 0; i < count; ++i) {
    const float positive = from[i] > 0 ? from[i] : 0.0F;
    to[i] = static_cast<Level>(std::min(positive, 1.0F) * largest + 0.5F);
  }
}

void append_as_is(const at::Tensor& values, std::vector<std::uint8_t>& bytes) {
  const at::Tensor whole = values.contiguous();
  const auto* from = static_cast<const std::uint8_t*>(whole.const_data_ptr());
  bytes.insert(bytes.end(), from, from + whole.nbytes());
}

const char* y4m_name(PixelFormat format) {
  switch (format) {
    case PixelFormat::kGray8:
      return "mono";
    case PixelFormat::kGray10:
      return "mono10";
    case PixelFormat::kGray16:
      return "mono16";
    default:
      return "444";
  }
}

void require_shape(const at::Tensor& pixels, c10::IntArrayRef sizes, at::ScalarType type) {
  if (!pixels.defined() || pixels.sizes() != sizes || pixels.scalar_type() != type) {
    throw Error(ErrorKind::kFailed, "a picture has not the shape that was said");
  }
}

}  // namespace

PixelLayout pixel_layout(const TargetOptions& options, bool may_be_raw) {
  PixelLayout layout;
  const bool is_depth = options.view == View::kDepth;
  layout.is_y4m = !may_be_raw || !options.raw_output;
  constexpr int kAllBits = 16;
  layout.format = gray_of(options.depth_bits.value_or(kAllBits));
  if (!layout.is_y4m && !options.raw_pixel_format.empty()) {
    layout.format = named_format(options.raw_pixel_format);
    if (layout.format != PixelFormat::kRgb && !is_depth) {
      refuse("raw pictures of " + options.raw_pixel_format +
             " are depth alone; other views are rgb24");
    }
    return layout;
  }
  if (is_depth) return layout;
  layout.format = layout.is_y4m ? PixelFormat::kYuv444 : PixelFormat::kRgb;
  if (options.depth_bits.value_or(8) != 8) {
    refuse("pictures in colour have 8 bits, not " + std::to_string(*options.depth_bits) +
           "; more are of depth alone");
  }
  return layout;
}

PixelPictures::PixelPictures(const PixelLayout& layout, const PictureShape& shape)
    : layout_(layout), shape_(shape) {
  if (layout.format != PixelFormat::kYuv444) return;
  const YuvFormat format{.pixels = AV_PIX_FMT_YUV444P, .matrix = SWS_CS_ITU601};
  to_yuv_.emplace(shape.view, format);
  yuv_ = allocate_picture(format.pixels, static_cast<int>(shape.view.width_px),
                          static_cast<int>(shape.view.height_px));
}

std::string PixelPictures::header() const {
  if (!layout_.is_y4m) return "";
  const FrameSize& size = layout_.shows_view() ? shape_.view : shape_.depth;
  const Rational rate = known_rate(shape_.frame_rate);
  return "YUV4MPEG2 W" + std::to_string(size.width_px) + " H" + std::to_string(size.height_px) +
         " F" + std::to_string(rate.num) + ":" + std::to_string(rate.den) + " Ip A1:1 C" +
         y4m_name(layout_.format) + "\n";
}

const std::vector<std::uint8_t>& PixelPictures::bytes(const LivePicture& picture) {
  bytes_.clear();
  static constexpr char kBefore[] = {'F', 'R', 'A', 'M', 'E', '\n'};
  if (layout_.is_y4m) bytes_.assign(std::begin(kBefore), std::end(kBefore));
  if (layout_.shows_view()) {
    require_shape(picture.view, {shape_.view.height_px, shape_.view.width_px, 3}, at::kByte);
  } else {
    require_shape(layout_.format == PixelFormat::kFloat ? picture.depth : picture.shown,
                  {shape_.depth.height_px, shape_.depth.width_px}, at::kFloat);
  }
  switch (layout_.format) {
    case PixelFormat::kFloat:
      append_as_is(picture.depth, bytes_);
      break;
    case PixelFormat::kRgb:
      append_as_is(picture.view, bytes_);
      break;
    case PixelFormat::kYuv444:
      append_yuv(picture.view);
      break;
    default:
      append_gray(picture.shown);
  }
  return bytes_;
}

void PixelPictures::append_gray(const at::Tensor& shown) {
  switch (layout_.format) {
    case PixelFormat::kGray8:
      append_levels<std::uint8_t>(shown, kLargest8, bytes_);
      break;
    case PixelFormat::kGray10:
      append_levels<std::uint16_t>(shown, kLargest10, bytes_);
      break;
    default:
      append_levels<std::uint16_t>(shown, kLargest16, bytes_);
  }
}

void PixelPictures::append_yuv(const at::Tensor& view) {
  to_yuv_->convert(view, *yuv_);
  for (const int plane : {0, 1, 2}) {
    for (int y = 0; y < yuv_->height; ++y) {
      const std::uint8_t* row = yuv_->data[plane] + y * yuv_->linesize[plane];
      bytes_.insert(bytes_.end(), row, row + yuv_->width);
    }
  }
}

}  // namespace rollingdepth::live
