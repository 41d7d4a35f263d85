// Read apart from the rest of an identity, which takes the alignment and the devices to write.
#include "jobs/job_identity.hpp"

namespace rollingdepth {

ComputeFacts compute_of(const JobIdentity& identity) {
  return {.device = identity.at("device").get<std::string>(),
          .kernels = identity.at("kernels").get<std::string>(),
          .dtype = identity.at("dtype").get<std::string>(),
          .tf32 = identity.at("tf32").get<bool>()};
}

}  // namespace rollingdepth
