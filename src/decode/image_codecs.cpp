#include "rollingdepth/decode/image_codecs.hpp"

#include <opencv2/imgcodecs.hpp>

#ifdef ROLLINGDEPTH_IMGCODECS
#include <dlfcn.h>

#include <string>

#include "rollingdepth/base/error.hpp"
#endif

namespace rollingdepth {
#ifdef ROLLINGDEPTH_IMGCODECS
namespace {

void* library() {
  static void* const opened = dlopen(ROLLINGDEPTH_IMGCODECS, RTLD_NOW | RTLD_LOCAL);
  if (opened != nullptr) return opened;
  throw Error(ErrorKind::kFailed,
              "cannot open OpenCV's picture codecs, " ROLLINGDEPTH_IMGCODECS "; is it installed?");
}

// `name` as compilers spell it: C++ names are part of OpenCV's binary interface.
template <class Function>
Function* find(const char* name) {
  void* const symbol = dlsym(library(), name);
  if (symbol == nullptr) {
    throw Error(ErrorKind::kFailed, std::string("OpenCV's imgcodecs lacks ") + name);
  }
  return reinterpret_cast<Function*>(symbol);
}

}  // namespace

void open_picture_codecs() { library(); }

cv::Mat decode_picture(const std::vector<std::uint8_t>& bytes, int flags) {
  static const auto decode =
      find<cv::Mat(cv::InputArray, int)>("_ZN2cv8imdecodeERKNS_11_InputArrayEi");
  return decode(bytes, flags);
}

bool encode_picture(const char* extension, const cv::Mat& picture, std::vector<std::uint8_t>& bytes,
                    const std::vector<int>& parameters) {
  static const auto encode =
      find<bool(const cv::String&, cv::InputArray, std::vector<uchar>&, const std::vector<int>&)>(
          "_ZN2cv8imencodeERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
          "RKNS_11_InputArrayERSt6vectorIhSaIhEERKSB_IiSaIiEE");
  return encode(extension, picture, bytes, parameters);
}
#else
void open_picture_codecs() {}

cv::Mat decode_picture(const std::vector<std::uint8_t>& bytes, int flags) {
  return cv::imdecode(bytes, flags);
}

bool encode_picture(const char* extension, const cv::Mat& picture, std::vector<std::uint8_t>& bytes,
                    const std::vector<int>& parameters) {
  return cv::imencode(extension, picture, bytes, parameters);
}
#endif

}  // namespace rollingdepth
