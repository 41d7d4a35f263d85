#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "app/run/inputs.hpp"
#include "app/run/options.hpp"
#include "method/rolling_depth/model.hpp"

namespace rollingdepth {

/// Everything that the depth of one input depends on, by name: an input identified by size and hash
/// of its ends, the model's hash, the program's version, the number of its numerics, the kind of
/// device with the kernels that compute on it, and the settings. Two runs of equal identity write
/// the same bytes with the same number of threads, which change the order of sums and with it the
/// last digits. The time at which the input was changed stands in it too, but does not count.
using JobIdentity = nlohmann::ordered_json;

/// On what the networks run, as far as it moves a bit.
struct ComputeFacts {
  std::string device = "cpu";  ///< cpu, cuda or mps; a GPU's number does not count.
  std::string kernels = "";    ///< As kernels_of() names them.
  std::string dtype = "fp32";  ///< fp32, fp16 or bf16.
  bool tf32 = false;
};
ComputeFacts compute_facts(c10::Device device, c10::ScalarType dtype, bool tf32);

/// Which frames are used, at which size, in which snippets: of an identity and of a report alike.
JobIdentity frame_and_snippet_settings(const PipelineOptions& pipeline);

/// What the alignment depends on.
JobIdentity align_identity(const CoAlignOptions& align);

/// @throws Error(kInput) where an input cannot be read.
JobIdentity job_identity(const PlannedInput& input, const PipelineOptions& pipeline,
                         const ModelInfo& model, const ComputeFacts& compute);

/// Sixteen digits.
std::string hexadecimal(std::uint64_t value);

/// What differs, in the names of the options, "--res 384, before 320; --seed 1, before 42"; empty
/// where nothing that counts does.
std::string differences(const JobIdentity& now, const JobIdentity& before);

}  // namespace rollingdepth
