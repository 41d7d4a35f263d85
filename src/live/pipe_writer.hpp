#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "live/call_limit.hpp"

namespace rollingdepth::live {

/// Writes to a pipe, or to a file, and waits for its reader for as long as a limit lets it. Not
/// thread-safe.
class PipeWriter {
 public:
  /// @param descriptor open to write; stays open. @param name for messages. @param limit borrowed.
  PipeWriter(int descriptor, std::string name, const CallLimit& limit)
      : descriptor_(descriptor), name_(std::move(name)), limit_(limit) {}

  /// @return whether all was taken before the limit was over; after it was, nothing more is.
  /// @throws ReaderGone; Error(kOutput) "cannot write NAME: why", for example on a full disk.
  bool write(const void* bytes, std::size_t size);
  [[nodiscard]] bool given_up() const { return given_up_; }

 private:
  bool has_room();
  void check(int code) const;

  const int descriptor_;
  const std::string name_;
  const CallLimit& limit_;
  bool given_up_ = false;
};

}  // namespace rollingdepth::live
