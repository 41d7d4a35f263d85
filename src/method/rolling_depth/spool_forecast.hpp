#pragma once

#include <cstddef>
#include <cstdint>

#include "method/rolling_depth/model.hpp"
#include "method/rolling_depth/options.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// What a run will hold outside memory, known from its size and number of frames alone, in closed
/// form: any number of frames will do.
/// @param value_bytes of the model's dtype.
Forecast forecast_spool(FrameSize input, std::int64_t frames, const ModelInfo& model,
                        std::size_t value_bytes, const RollingDepthOptions& options);

}  // namespace rollingdepth
