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

/// What the same command can come to at another time.
enum class Retry {
  kUnknown,
  kLater,  ///< It can go on: a disk or memory was full.
  kNever,  ///< It can only fail again, as where depth is not finite.
};

/// kLater for the system's error codes of a disk or memory that is full, else kUnknown.
Retry retry_after(int system_error);

/// The one exception type of this project. Stages add context with `with_context`.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, Retry retry = Retry::kUnknown)
      : std::runtime_error(message), kind_(kind), retry_(retry) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] Retry retry() const noexcept { return retry_; }

 private:
  ErrorKind kind_;
  Retry retry_;
};

/// Thrown where work stops because somebody asked for it, with Ctrl-C or another signal.
class Cancelled : public std::runtime_error {
 public:
  Cancelled() : std::runtime_error("interrupted") {}
};

/// The messages of `error` and of everything nested in it, outermost first, joined by ": ".
/// LibTorch's multi-line messages are cut to their first line.
std::string describe(const std::exception& error);

/// The kind of the innermost `Error` in the chain, or kFailed where there is none.
ErrorKind kind_of(const std::exception& error);

/// What the innermost error in the chain that knows says; std::bad_alloc is one.
Retry retry_of(const std::exception& error);

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
