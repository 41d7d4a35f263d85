#include "rollingdepth/base/error.hpp"

#include <cerrno>
#include <new>

namespace rollingdepth {
namespace {

// LibTorch appends a stack trace below the first line of its messages.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::string describe(const std::exception& error) {
  std::string text = first_line(error.what());
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& inner) {
    text += ": " + describe(inner);
  } catch (...) {
    text += ": unknown error";
  }
  return text;
}

ErrorKind kind_of(const std::exception& error) {
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& inner) {
    const ErrorKind kind = kind_of(inner);
    if (kind != ErrorKind::kFailed) return kind;
  } catch (...) {
    return ErrorKind::kFailed;
  }
  const auto* own = dynamic_cast<const Error*>(&error);
  return own != nullptr ? own->kind() : ErrorKind::kFailed;
}

Retry retry_after(int system_error) {
  switch (system_error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:  // Of a limit on file sizes.
    case ENOMEM:
      return Retry::kLater;
    default:
      return Retry::kUnknown;
  }
}

Retry retry_of(const std::exception& error) {
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& inner) {
    const Retry retry = retry_of(inner);
    if (retry != Retry::kUnknown) return retry;
  } catch (...) {
    return Retry::kUnknown;
  }
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return Retry::kLater;
  const auto* own = dynamic_cast<const Error*>(&error);
  return own != nullptr ? own->retry() : Retry::kUnknown;
}

}  // namespace rollingdepth
