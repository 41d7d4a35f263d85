#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "media/libav.hpp"

extern "C" {
#include <libavfilter/avfilter.h>
}

namespace rollingdepth {

/// Whether a decoded picture is marked as two fields of different times.
bool is_interlaced(const AVFrame& picture);

/// Makes whole pictures of interlaced ones with libavfilter's bwdif: one for each that comes, in
/// order. Pictures that are not marked as interlaced pass unchanged. On Linux libavfilter is opened
/// when the first picture comes: it needs dozens of libraries, and few clips need it. Not
/// thread-safe.
class Deinterlacer {
 public:
  /// Takes a picture over, and leaves `picture` empty. Its size and format may differ from the
  /// last one's. @throws Error(kInput) where libavfilter refuses it.
  void push(AVFrame& picture);
  /// No picture will follow: those that wait for a later one come out.
  void finish();
  /// The next picture, with the best_effort_timestamp that it was pushed with; false while there is
  /// none.
  bool pull(AVFrame& picture);

 private:
  struct GraphDeleter {
    void operator()(AVFilterGraph* graph) const noexcept;
  };

  void build(const AVFrame& picture);
  void drain();

  std::unique_ptr<AVFilterGraph, GraphDeleter> graph_;
  AVFilterContext* source_ = nullptr;  ///< Owned by graph_, as is sink_.
  AVFilterContext* sink_ = nullptr;
  int width_px_ = 0;
  int height_px_ = 0;
  int format_ = AV_PIX_FMT_NONE;
  std::int64_t pushed_ = 0;
  std::deque<std::int64_t> times_;  ///< Of the pictures that are not ready.
  std::deque<FramePtr> ready_;
};

}  // namespace rollingdepth
