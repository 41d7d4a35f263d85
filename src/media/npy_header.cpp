#include "media/npy_header.hpp"

#include <array>
#include <charconv>
#include <string_view>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct DtypeName {
  std::string_view descr;
  c10::ScalarType dtype;
};
constexpr std::array kDtypes = {
    DtypeName{"<f4", c10::ScalarType::Float},  DtypeName{"<f8", c10::ScalarType::Double},
    DtypeName{"<f2", c10::ScalarType::Half},   DtypeName{"|u1", c10::ScalarType::Byte},
    DtypeName{"|i1", c10::ScalarType::Char},   DtypeName{"<i2", c10::ScalarType::Short},
    DtypeName{"<i4", c10::ScalarType::Int},    DtypeName{"<i8", c10::ScalarType::Long},
    DtypeName{"<u2", c10::ScalarType::UInt16}, DtypeName{"<u4", c10::ScalarType::UInt32},
    DtypeName{"<u8", c10::ScalarType::UInt64}, DtypeName{"|b1", c10::ScalarType::Bool}};

std::string_view descr_of(c10::ScalarType dtype) {
  for (const DtypeName& known : kDtypes) {
    if (known.dtype == dtype) return known.descr;
  }
  throw Error(ErrorKind::kFailed,
              std::string("cannot write ") + c10::toString(dtype) + " values as .npy");
}

// Reads one header; every failure names what it belongs to.
class HeaderReader {
 public:
  HeaderReader(const std::string& name, const ByteReader& read) : name_(name), read_(read) {}

  NpyHeader read() {
    const std::string header = read_header();
    const std::string_view order = value_of(header, "fortran_order");
    if (order.starts_with("True")) fail("Fortran order is not supported, save it in C order");
    if (!order.starts_with("False")) fail("damaged header: no value for 'fortran_order'");
    return {.dtype = parse_dtype(value_of(header, "descr")),
            .shape = parse_shape(value_of(header, "shape")),
            .size_bytes = size_bytes_};
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::kInput, "cannot read " + name_ + ": " + why);
  }

  std::string read_header() {
    std::array<unsigned char, 8> start{};
    const std::size_t found = read_(start.data(), start.size());
    if (found < kMagic.size() ||
        std::string_view(reinterpret_cast<const char*>(start.data()), kMagic.size()) != kMagic) {
      fail("not an .npy file");
    }
    const int version = start[6];
    if (found == start.size() && (version < 1 || version > 3)) {
      fail(".npy version " + std::to_string(version) + " is not supported");
    }
    // Little-endian length: 2 bytes in version 1, 4 bytes since.
    std::array<unsigned char, 4> length_bytes{};
    const std::size_t length_size = version == 1 ? 2 : 4;
    if (read_(length_bytes.data(), length_size) < length_size) fail("cut short in the header");
    std::size_t length = 0;
    for (std::size_t i = length_size; i-- > 0;) length = length << 8 | length_bytes[i];
    // A damaged length must not become a huge allocation.
    constexpr std::size_t kLongestHeader = 1 << 20;
    if (length > kLongestHeader) fail("damaged header: it claims to be unreasonably long");
    std::string header(length, '\0');
    if (read_(header.data(), length) < length) fail("cut short in the header");
    size_bytes_ = static_cast<std::int64_t>(start.size() + length_size + length);
    return header;
  }

  // What follows `'key':` in the header, a Python dictionary in text form.
  std::string_view value_of(std::string_view header, std::string_view key) const {
    const std::string quoted = std::string("'").append(key).append("'");
    std::size_t at = header.find(quoted);
    if (at == std::string_view::npos) fail("damaged header: no " + quoted);
    at = header.find_first_not_of(" :", at + quoted.size());
    if (at == std::string_view::npos) fail("damaged header: no value for " + quoted);
    return header.substr(at);
  }

  c10::ScalarType parse_dtype(std::string_view value) const {
    if (!value.starts_with('\'')) fail("arrays of records are not supported");
    value.remove_prefix(1);
    const std::string_view descr = value.substr(0, value.find('\''));
    for (const DtypeName& known : kDtypes) {
      if (known.descr == descr) return known.dtype;
    }
    fail("values of type '" + std::string(descr) + "' are not supported");
  }

  std::vector<std::int64_t> parse_shape(std::string_view value) const {
    const std::size_t end = value.find(')');
    if (!value.starts_with('(') || end == std::string_view::npos) fail("damaged header: no shape");
    value = value.substr(1, end - 1);
    std::vector<std::int64_t> shape;
    while (true) {
      const std::size_t at = value.find_first_not_of(" ,");
      if (at == std::string_view::npos) return shape;
      value.remove_prefix(at);
      std::int64_t extent = -1;
      const auto [rest, code] = std::from_chars(value.data(), value.data() + value.size(), extent);
      if (code != std::errc() || extent < 0) fail("damaged header: the shape is not of numbers");
      constexpr std::size_t kMostAxes = 64;  // NumPy's bound.
      if (shape.size() == kMostAxes) fail("damaged header: the shape has too many axes");
      shape.push_back(extent);
      value.remove_prefix(static_cast<std::size_t>(rest - value.data()));
    }
  }

  const std::string& name_;
  const ByteReader& read_;
  std::int64_t size_bytes_ = 0;
};

}  // namespace

std::optional<std::int64_t> NpyHeader::value_bytes() const {
  auto bytes = static_cast<std::int64_t>(c10::elementSize(dtype));
  for (const std::int64_t extent : shape) {
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  }
  return bytes;
}

NpyHeader read_npy_header(const std::string& name, const ByteReader& read) {
  return HeaderReader(name, read).read();
}

std::string npy_header(c10::ScalarType dtype, c10::IntArrayRef shape) {
  std::string dictionary =
      "{'descr': '" + std::string(descr_of(dtype)) + "', 'fortran_order': False, 'shape': (";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis > 0) dictionary += ' ';
    dictionary += std::to_string(shape[axis]);
    // Python writes a tuple of one with a comma, "(3,)", and no comma at the end of longer ones.
    if (axis + 1 < shape.size() || shape.size() == 1) dictionary += ",";
  }
  dictionary += "), }";
  constexpr std::size_t kStart = 10;  // magic 6, version 2, length 2
  constexpr std::size_t kAlignment = 64;
  const std::size_t unpadded = kStart + dictionary.size() + 1;
  dictionary.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  dictionary += '\n';
  std::string header(kMagic);
  header += {'\x01', '\x00', static_cast<char>(dictionary.size() & 0xff),
             static_cast<char>(dictionary.size() >> 8)};
  return header + dictionary;
}

}  // namespace rollingdepth
