#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bounded_queue.hpp"
#include "base/joining_thread.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Reads a clip ahead on a thread of its own, at most `capacity` frames, so that who asks for the
/// next frame seldom waits. The thread starts with the first next(), ends where the clip is asked
/// to seek or rewind, and starts again with the next() after it; the clip is not to be used
/// elsewhere until this object is gone. Used from one thread.
class PrefetchedSource final : public FrameSource {
 public:
  /// @param source borrowed. @param capacity >= 2.
  PrefetchedSource(FrameSource& source, std::size_t capacity);
  ~PrefetchedSource() override;

  [[nodiscard]] const ClipInfo& info() const override { return info_; }
  /// @throws what reading the clip throws, after the frames before it.
  std::optional<Frame> next() override;
  bool seek(std::int64_t pts) override;
  bool rewind() override;
  [[nodiscard]] std::vector<std::string> warnings() const override;

 private:
  void pause();
  bool begin_anew(bool moved);
  void read_ahead();
  void keep_warnings();

  FrameSource& source_;
  ClipInfo info_;
  std::size_t waiting_;     // Frames that the queue holds.
  std::deque<Frame> kept_;  // Read ahead by a thread that was ended; they come before the queue's.
  std::optional<BoundedQueue<Frame>> frames_;
  std::atomic<bool> pausing_ = false;
  bool ended_ = false;                 // No frame comes after those in kept_ and in the queue.
  mutable std::mutex mutex_;           // Of warnings_.
  std::vector<std::string> warnings_;  // Of the frames read so far.
  std::optional<JoiningThread> thread_;
};

}  // namespace rollingdepth
