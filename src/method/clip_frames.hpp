#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rollingdepth/clip.hpp"
#include "store/tensor_store.hpp"

namespace rollingdepth {

struct ClipOptions;

/// The frames of a clip that a run uses, read once, front to back. Their number and times are noted
/// in a spool, so that a run that goes on need not read a clip again of which it has all, and one
/// that computes a part of it can begin there. Frame 0 is the first one used. Not thread-safe.
class ClipFrames {
 public:
  /// @param source, spool borrowed. @param noted an earlier run of the job has noted that it has
  /// read all of the clip. @throws Error(kOutput) where the spool cannot be made.
  ClipFrames(FrameSource& source, const ClipOptions& options, Spool& spool, bool noted = false);

  [[nodiscard]] const ClipInfo& info() const { return source_.info(); }
  /// Frames that were read; all of them, once ended().
  [[nodiscard]] std::int64_t count() const { return frames_; }
  /// The frame that read() gives next.
  [[nodiscard]] std::int64_t position() const { return again_ ? position_ : frames_; }
  /// Whether no more frames will come.
  [[nodiscard]] bool ended() const { return ended_; }
  /// Whether this object has read of the clip: an earlier run may have.
  [[nodiscard]] bool has_read() const { return started_; }
  /// As many as the container lets expect, or as are asked for; nothing where neither tells.
  [[nodiscard]] std::optional<std::int64_t> expected() const;

  /// Up to `most` frames that follow; fewer only at the end.
  /// @throws Error(kInput) where the clip holds no frame to use.
  std::vector<Frame> read(std::int64_t most);
  /// Makes read() give that frame next, and those after it, although all were read before: seeks
  /// where that is certain to give the same frames, else reads and drops what lies before. count()
  /// and ended() stay.
  /// REQUIRES: an earlier run has noted the number of frames and all times; frame <= count(), and
  /// not before position() once this was called.
  /// @throws MissingRecord where times are damaged, or after forbid_reading().
  /// @throws Error(kInput), read() too, where the clip has other times than were noted.
  void go_to(std::int64_t frame);
  /// Takes these for the times of all frames, as if an earlier run had noted them.
  /// REQUIRES: nothing was read by this object, and nothing is noted. @param times one at least.
  void take_times(const std::vector<std::optional<std::int64_t>>& times);
  /// Reads the clip from its first frame although an earlier run has: what it computed is gone.
  /// REQUIRES: nothing was read by this object.
  void read_again();
  /// The source was read to its end before and cannot be read once more: read() throws
  /// MissingRecord where it would have to.
  void forbid_reading() { forbidden_ = true; }
  /// FrameSource::warnings().
  [[nodiscard]] std::vector<std::string> warnings() const { return source_.warnings(); }
  /// Frame::pts of the frames that were read.
  [[nodiscard]] std::vector<std::optional<std::int64_t>> times() const;

 private:
  [[noreturn]] void fail_without_frames(std::int64_t frames) const;
  [[noreturn]] void fail_as_changed(std::int64_t frame) const;
  [[noreturn]] void fail_as_damaged() const;
  std::optional<Frame> take();
  void skip_to_start();
  void note_start(const std::optional<std::int64_t>& pts);
  void recall_times();
  void drop_until(std::int64_t frame);
  Frame take_again();

  FrameSource& source_;
  std::int64_t start_frame_;
  std::int64_t frame_count_;
  TensorStore times_;  // [1]; the smallest number where a frame has no time.
  // [1]; record 0: the number of frames, once it is known. Record 1: 1 where frames before the
  // first one used have smaller times than it, missing where none are, or they have not.
  TensorStore length_;
  std::int64_t frames_ = 0;
  std::int64_t
      position_;  // The frame that source_ gives next; those before the start are negative.
  bool starts_in_order_ = true;
  std::optional<std::int64_t> skipped_pts_;  // Of the frame before position_, up to the start.
  bool started_ = false;
  bool ended_ = false;
  bool forbidden_ = false;
  bool again_ = false;  // Frames are read whose times are in noted_.
  std::vector<std::optional<std::int64_t>> noted_;
  bool may_seek_ = false;
  bool sought_ = false;
};

/// The frames that a run would use, where the container says how many there are.
std::optional<std::int64_t> expected_frames(const ClipInfo& clip, const ClipOptions& options);

/// Whether that number holds, unless frames are damaged: the container counts them, or has many
/// more than are asked for.
bool expects_exactly(const ClipInfo& clip, const ClipOptions& options);

}  // namespace rollingdepth
