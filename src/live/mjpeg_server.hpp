#pragma once

#include <chrono>
#include <memory>

#include "live/live_target.hpp"
#include "live/picture_sink.hpp"
#include "live/target_address.hpp"
#include "live/target_ledger.hpp"

namespace rollingdepth::live {

/// A receiver that takes nothing for so long has gone.
inline constexpr std::chrono::seconds kStallLimit{5};

/// An HTTP server. `GET PATH` is an endless multipart stream of JPEG pictures, for many receivers
/// at once, each with the newest picture that it has time for; `GET PATH.jpg` the newest picture;
/// `GET /` a page that shows the stream. PATH is `/depth` where the address has none.
/// @param address of kind kMjpeg. @param view size of the pictures.
/// @param stall_limit after which a connection that takes nothing is closed, > 0.
/// @throws Error(kOutput) where the port is busy.
std::unique_ptr<PictureSink> make_mjpeg_server(const TargetAddress& address, FrameSize view,
                                               std::shared_ptr<TargetLedger> ledger,
                                               std::chrono::seconds stall_limit = kStallLimit);

}  // namespace rollingdepth::live
