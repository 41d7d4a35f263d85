#pragma once

#include <functional>
#include <memory>
#include <string>

#include "live/open_descriptor.hpp"
#include "live/picture_sink.hpp"
#include "live/target_ledger.hpp"
#include "rollingdepth/frame_size.hpp"

namespace rollingdepth::live {

/// An open device, and how its driver is asked: as ioctl() is, but for the descriptor.
struct CameraDevice {
  OpenDescriptor file;
  std::function<int(unsigned long request, void* argument)> ask;
};

/// Shows pictures as a camera that other programs can open: a loopback device of Video4Linux (YUYV,
/// BT.601 limited; an odd width is padded).
/// @param device "/dev/video9".
/// @throws Error(kOutput) where there is none, it takes no pictures, or none of this size.
std::unique_ptr<PictureSink> make_camera_sink(const std::string& device, FrameSize view,
                                              std::shared_ptr<TargetLedger> ledger);
/// The same with a device that is open. @param shown its name in messages.
std::unique_ptr<PictureSink> make_camera_sink(CameraDevice device, const std::string& shown,
                                              FrameSize view, std::shared_ptr<TargetLedger> ledger);

}  // namespace rollingdepth::live
