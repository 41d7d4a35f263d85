#pragma once

#include <memory>

#include "live/live_target.hpp"
#include "live/picture_sink.hpp"
#include "live/target_address.hpp"
#include "live/target_ledger.hpp"

namespace rollingdepth::live {

/// An HTTP server. `GET PATH` is an endless multipart stream of JPEG pictures, for many receivers
/// at once, each with the newest picture that it has time for; `GET PATH.jpg` the newest picture;
/// `GET /` a page that shows the stream. PATH is `/depth` where the address has none.
/// @param address of kind kMjpeg. @param view size of the pictures.
/// @throws Error(kOutput) where the port is busy.
std::unique_ptr<PictureSink> make_mjpeg_server(const TargetAddress& address, FrameSize view,
                                               std::shared_ptr<TargetLedger> ledger);

}  // namespace rollingdepth::live
