#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "method/windows/windows.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// Of a map.
double float32_map_bytes(FrameSize size);

/// Of the spool, what a VideoRun keeps of a frame until the outputs are written: its map, its range
/// and its time.
double kept_bytes_per_frame(FrameSize output);

/// What a WindowRun will hold. @param output of the maps.
Forecast window_forecast(WindowShape shape, std::int64_t frames, FrameSize output);

/// The outputs that a WindowRun leaves, by which it can be told which windows are done.
std::vector<UnitRecords> window_records(WindowShape shape, std::int64_t frames, FrameSize output);

/// "4 of 32 frames, 22 apart".
std::string window_plan(WindowShape shape, std::int64_t frames);

}  // namespace rollingdepth
