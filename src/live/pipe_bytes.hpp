#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/file_descriptor.hpp"
#include "live/patience.hpp"
#include "media/libav.hpp"

namespace rollingdepth::live {

/// What comes through a pipe, for libav, whose own reading of pipes nothing can end. Waits for as
/// long as somebody may write: silence does not try the patience, only what is no picture does.
/// Where a file is at the other end, it can be sought in. Not thread-safe.
class PipeBytes {
 public:
  /// @param source "-" or the path of a pipe. @param patience borrowed.
  /// @throws SourceLost where it cannot be opened, or is a terminal.
  PipeBytes(const std::string& source, Patience& patience);
  PipeBytes(const PipeBytes&) = delete;
  PipeBytes& operator=(const PipeBytes&) = delete;

  [[nodiscard]] AVIOContext* context() const { return context_.get(); }
  /// Whether anything came.
  [[nodiscard]] bool any() const { return any_; }

 private:
  struct ContextDeleter {
    void operator()(AVIOContext* context) const noexcept;
  };

  int read(std::uint8_t* bytes, int size);
  bool wait_for_bytes();
  std::int64_t seek(std::int64_t offset, int whence) const;

  Patience& patience_;
  int descriptor_ = 0;
  FileDescriptor opened_;  ///< Of a named pipe; standard input is not ours to close.
  bool any_ = false;
  std::unique_ptr<AVIOContext, ContextDeleter> context_;
};

}  // namespace rollingdepth::live
