#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace rollingdepth {

/// What went wrong, as far as the exit code and the reader care.
enum class ErrorKind {
  kUsage,   ///< The command line or an option value: exit code 2.
  kInput,   ///< A file or folder that cannot be read or decoded.
  kModel,   ///< A model package that is missing, damaged or of another version.
  kDevice,  ///< A compute device that is absent or out of memory.
  kOutput,  ///< A file or folder that cannot be written.
  kFailed,  ///< Anything else.
};

/// The one exception type of this project. Stages add context with `with_context`.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

/// Thrown where work stops because the user asked for it (Ctrl-C): exit code 130.
class Cancelled : public std::runtime_error {
 public:
  Cancelled() : std::runtime_error("interrupted") {}
};

/// The messages of `error` and of everything nested in it, outermost first, joined by ": ".
/// LibTorch's multi-line messages are cut to their first line.
std::string describe(const std::exception& error);

/// The kind of the innermost `Error` in the chain, or kFailed where there is none.
ErrorKind kind_of(const std::exception& error);

/// Runs `stage`; what it throws is nested in an Error(kind, doing). Cancelled passes unchanged.
template <class Stage>
decltype(auto) with_context(ErrorKind kind, const std::string& doing, Stage&& stage) try {
  return std::forward<Stage>(stage)();
} catch (const Cancelled&) {
  throw;
} catch (...) {
  std::throw_with_nested(Error(kind, doing));
}

}  // namespace rollingdepth
