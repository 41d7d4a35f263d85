#pragma once

#include <memory>

#include "live/live_target.hpp"
#include "live/picture_sink.hpp"
#include "live/target_address.hpp"
#include "live/target_ledger.hpp"

namespace rollingdepth::live {

/// Sends video to one receiver after the other: waits for one, or calls it again and again, and
/// begins with a key frame for each.
/// @param address of kind kStream. @param bits 8 or 10; rtmp 8.
/// @param stop borrowed.
/// @throws Error(kOutput) where its port is busy, its host is not known, the encoder is missing;
///         Cancelled.
std::unique_ptr<PictureSink> make_stream_sink(const TargetAddress& address, int bits,
                                              int srt_latency_ms, const PictureShape& shape,
                                              const StopFlag& stop,
                                              std::shared_ptr<TargetLedger> ledger);

}  // namespace rollingdepth::live
