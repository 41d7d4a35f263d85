#include "rollingdepth/error.hpp"

#include <cctype>
#include <cerrno>
#include <new>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/byte_size.hpp"
#include "base/leading_number.hpp"

namespace rollingdepth {
namespace {

// How a message begins where a TorchScript program failed: a trace of the program follows, and what
// was raised in it stands at the end.
constexpr std::string_view kTorchScriptTrace =
    "The following operation failed in the TorchScript interpreter.";
constexpr std::string_view kNoMemory = "can't allocate memory: you tried to allocate ";

/// Those that say anything.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) lines.push_back(line);
  }
  return lines;
}

/// Where the name of what was raised begins, "builtins.RuntimeError: the moon is full"; npos for
/// other lines. Lines of the trace are indented.
std::size_t raised_at(const std::string& line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) return std::string::npos;
  const std::string_view name = std::string_view(line).substr(0, colon);
  if (!name.ends_with("Error") && !name.ends_with("Exception")) return std::string::npos;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_') {
      return std::string::npos;
    }
  }
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? 0 : dot + 1;
}

/// "RuntimeError: the moon is full": the last thing that was raised.
std::string raised_in(const std::vector<std::string>& lines) {
  for (std::size_t i = lines.size(); i-- > 0;) {
    const std::size_t at = raised_at(lines[i]);
    if (at == std::string::npos) continue;
    std::string raised = lines[i].substr(at);
    while (raised.ends_with(' ')) raised.pop_back();
    // A message of several lines may begin with an empty one.
    if (raised.ends_with(':') && i + 1 < lines.size()) raised += ' ' + lines[i + 1];
    if (raised.ends_with(':')) raised.pop_back();
    return raised;
  }
  return lines.back();
}

/// What LibTorch's allocator says, with a number that can be read; other lines as they are.
std::string with_readable_size(std::string line) {
  const std::size_t at = line.find(kNoMemory);
  if (at == std::string::npos) return line;
  const auto bytes = leading_number(std::string_view(line).substr(at + kNoMemory.size()), false);
  if (!bytes) return line;
  return "out of memory: " + format_bytes(bytes->value) + " more could not be had";
}

bool is_without_thread(const std::exception& error) {
  const auto* system = dynamic_cast<const std::system_error*>(&error);
  return system != nullptr && system->code() == std::errc::resource_unavailable_try_again;
}

/// The one line of an exception that is not ours. LibTorch puts a trace below the first line of its
/// messages, where TorchScript failed above the last.
std::string telling_line(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "out of memory";
  if (is_without_thread(error)) {
    return "no further thread can be started: a limit on memory or on processes is reached";
  }
  // What a container says that is to hold more than can be addressed.
  if (dynamic_cast<const std::length_error*>(&error) != nullptr) {
    return "out of memory: more was asked for than any machine has";
  }
  const std::string text = error.what();
  const std::vector<std::string> lines = lines_of(text);
  if (lines.empty()) return "unknown error";
  return with_readable_size(text.starts_with(kTorchScriptTrace) ? raised_in(lines) : lines.front());
}

}  // namespace

std::string describe(const std::exception& error) {
  // Names of files may hold line breaks: our own messages are never cut.
  std::string text =
      dynamic_cast<const Error*>(&error) != nullptr ? error.what() : telling_line(error);
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
  if (is_without_thread(error)) return Retry::kLater;
  const auto* own = dynamic_cast<const Error*>(&error);
  return own != nullptr ? own->retry() : Retry::kUnknown;
}

}  // namespace rollingdepth
