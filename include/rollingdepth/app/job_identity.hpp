#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "rollingdepth/app/inputs.hpp"
#include "rollingdepth/app/options.hpp"
#include "rollingdepth/infer/model.hpp"

namespace rollingdepth {

/// Everything that the depth of one input depends on, by name: an input identified by size, time of
/// change and hash of its ends, the model's hash, the program's version, the number of its numerics
/// and the settings. Two runs of equal identity write the same bytes on one machine with the same
/// number of threads, which change the order of sums and with it the last digits.
using JobIdentity = nlohmann::ordered_json;

/// Which frames are used, at which size, in which snippets: of an identity and of a report alike.
JobIdentity frame_and_snippet_settings(const PipelineOptions& pipeline);

/// @param device, dtype, tf32 as the model runs. @throws Error(kInput) where an input cannot be
/// read.
JobIdentity job_identity(const PlannedInput& input, const PipelineOptions& pipeline,
                         const ModelInfo& model, const std::string& device,
                         const std::string& dtype, bool tf32 = false);

/// Sixteen digits.
std::string hexadecimal(std::uint64_t value);

/// What differs, "res 384, before 320; seed 1, before 42"; empty for equal identities.
std::string differences(const JobIdentity& now, const JobIdentity& before);

}  // namespace rollingdepth
