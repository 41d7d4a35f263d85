#include "jobs/job_identity.hpp"

#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/numerics.hpp"
#include "base/versions.hpp"
#include "jobs/sealed_json.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// Of each end of a file: containers keep their index at one of the two.
constexpr std::int64_t kEndBytes = 64 * 1024;
// Alignment and methods change with the version; this changes with what an identity holds.
constexpr int kIdentityVersion = 3;

struct InputFacts {
  std::int64_t size_bytes = 0;
  std::int64_t changed_ns = 0;  // The latest of all files, since 1970.
  XXH64_hash_t hash = 0;
};

void include_ends(const std::filesystem::path& file, std::int64_t size_bytes, InputFacts& facts) {
  const FileDescriptor input = FileDescriptor::open_to_read(file);
  const std::int64_t part = std::min(size_bytes, kEndBytes);
  std::vector<char> bytes(static_cast<std::size_t>(part));
  for (const std::int64_t offset : {std::int64_t{0}, size_bytes - part}) {
    if (!input.read_at(bytes.data(), bytes.size(), offset)) {
      throw Error(ErrorKind::kInput, "cannot read " + file.string() + ": it changes meanwhile");
    }
    facts.hash = XXH3_64bits_withSeed(bytes.data(), bytes.size(), facts.hash);
  }
}

InputFacts facts_of(const InputIdentity& input) {
  InputFacts facts;
  for (const std::filesystem::path& file : input.files) {
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0) {
      throw Error(ErrorKind::kInput,
                  "cannot read " + file.string() + ": " + std::generic_category().message(errno));
    }
    const std::int64_t size = status.st_size;
#ifdef __APPLE__
    const timespec changed = status.st_mtimespec;
#else
    const timespec changed = status.st_mtim;
#endif
    facts.size_bytes += size;
    const std::int64_t changed_ns = std::int64_t{changed.tv_sec} * 1'000'000'000 + changed.tv_nsec;
    facts.changed_ns = std::max(facts.changed_ns, changed_ns);
    // Of many pictures all sizes count, and the bytes of the first and last.
    if (input.files.size() > 1) {
      facts.hash = XXH3_64bits_withSeed(&size, sizeof(size), facts.hash);
    }
    if (S_ISREG(status.st_mode) &&
        (&file == &input.files.front() || &file == &input.files.back())) {
      include_ends(file, size, facts);
    }
  }
  return facts;
}

}  // namespace

JobIdentity job_identity(const InputIdentity& input, const Settings& settings,
                         const std::string& model_hash, const ComputeFacts& compute) {
  const InputFacts facts = facts_of(input);
  JobIdentity json = {{"identity", kIdentityVersion},
                      {"version", program_version()},
                      {"numerics", kNumerics},
                      {"libtorch", torch_version()},
                      {"input_bytes", facts.size_bytes},
                      {"input_changed_ns", facts.changed_ns},
                      {"input_hash", hexadecimal(facts.hash)},
                      {"input_files", input.files.size()},
                      {"deinterlace", input.deinterlaces},
                      {"model", model_hash},
                      {"device", compute.device},
                      {"kernels", compute.kernels},
                      {"dtype", compute.dtype},
                      {"tf32", compute.tf32}};
  if (const auto& rate = input.reduction.target_rate) {
    json["target_fps"] = std::to_string(rate->num) + "/" + std::to_string(rate->den);
  }
  if (input.reduction.max_res_px > 0) json["max_res"] = input.reduction.max_res_px;
  json.update(input.scenes);
  json.update(settings);
  return json;
}

ComputeFacts compute_facts(c10::Device device, c10::ScalarType dtype, bool tf32) {
  return {.device = c10::DeviceTypeName(device.type(), /*lower_case=*/true),
          .kernels = kernels_of(device, dtype),
          .dtype = dtype_name(dtype),
          .tf32 = tf32};
}

}  // namespace rollingdepth
