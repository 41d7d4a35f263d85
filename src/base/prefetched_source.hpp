#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bounded_queue.hpp"
#include "base/joining_thread.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Reads a clip ahead on a thread of its own, at most `capacity` frames, so that who asks for the
/// next frame seldom waits. The thread starts with the first next(); from then on the clip is not
/// to be used elsewhere until this object is gone. Used from one thread.
class PrefetchedSource final : public FrameSource {
 public:
  /// @param source borrowed. @param capacity >= 2.
  PrefetchedSource(FrameSource& source, std::size_t capacity);
  ~PrefetchedSource() override;

  [[nodiscard]] const ClipInfo& info() const override { return info_; }
  /// @throws what reading the clip throws, after the frames before it.
  std::optional<Frame> next() override;
  [[nodiscard]] std::vector<std::string> warnings() const override;

 private:
  void read_ahead();
  void keep_warnings();

  FrameSource& source_;
  ClipInfo info_;
  BoundedQueue<Frame> frames_;
  mutable std::mutex mutex_;           // Of warnings_.
  std::vector<std::string> warnings_;  // Of the frames read so far.
  JoiningThread thread_;
};

}  // namespace rollingdepth
