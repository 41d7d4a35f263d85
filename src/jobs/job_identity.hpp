#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "decode/reduced_clip.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// Everything that the depth of one input depends on, by name: an input identified by size and hash
/// of its ends, the model's hash, the program's version, the number of its numerics, the kind of
/// device with the kernels that compute on it, and the settings. Two runs of equal identity write
/// the same bytes with the same number of threads, which change the order of sums and with it the
/// last digits. The time at which the input was changed stands in it too, but does not count.
using JobIdentity = Settings;

/// On what the networks run, as far as it moves a bit.
struct ComputeFacts {
  std::string device = "cpu";  ///< cpu, cuda or mps; a GPU's number does not count.
  std::string kernels = "";    ///< As kernels_of() names them.
  std::string dtype = "fp32";  ///< fp32, fp16 or bf16.
  bool tf32 = false;
};
ComputeFacts compute_facts(c10::Device device, c10::ScalarType dtype, bool tf32);

/// What the identity of a job says of them. @throws JobIdentity::exception where it does not.
ComputeFacts compute_of(const JobIdentity& identity);

/// What is read for one clip.
struct InputIdentity {
  std::vector<std::filesystem::path> files;
  bool deinterlaces = false;
  ClipReduction reduction = {};
  Settings scenes = Settings::object();  ///< How it is divided into shots, by name.
};

/// @throws Error(kInput) where an input cannot be read.
/// @param settings   as DepthMethod::settings() gives them.
/// @param model_hash PackageInfo::hash.
JobIdentity job_identity(const InputIdentity& input, const Settings& settings,
                         const std::string& model_hash, const ComputeFacts& compute);

/// What differs, in the names of the options, "--res 384, before 320; --seed 1, before 42"; empty
/// where nothing that counts does.
std::string differences(const JobIdentity& now, const JobIdentity& before);

}  // namespace rollingdepth
