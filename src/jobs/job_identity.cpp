#include "jobs/job_identity.hpp"

#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "app/listings.hpp"
#include "base/error.hpp"
#include "base/file_descriptor.hpp"
#include "base/formatted.hpp"
#include "base/numerics.hpp"
#include "nn/device.hpp"

namespace rollingdepth {
namespace {

// Of each end of a file: containers keep their index at one of the two.
constexpr std::int64_t kEndBytes = 64 * 1024;
// Alignment and pipeline change with the version; this changes with what an identity holds.
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

InputFacts facts_of(const PlannedInput& input) {
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

JobIdentity align_identity(const CoAlignOptions& align) {
  JobIdentity json = {{"aligner", to_string(align.aligner)},
                      {"border", align.border_px},
                      {"stride", align.stride_px},
                      {"samples_per_map", align.samples_per_map},
                      {"max_sample_bytes", align.max_sample_bytes}};
  if (align.aligner == Aligner::kIrls) {
    json["max_rounds"] = align.max_rounds;
    json["tolerance"] = align.tolerance;
  } else {
    json["max_steps"] = align.max_steps;
    json["min_steps"] = align.min_steps;
    json["patience"] = align.patience;
    json["threshold"] = align.threshold;
    json["learning_rate"] = align.learning_rate;
  }
  return json;
}

std::string hexadecimal(std::uint64_t value) {
  return formatted("%016llx", static_cast<unsigned long long>(value));
}

JobIdentity frame_and_snippet_settings(const PipelineOptions& pipeline) {
  return {{"start_frame", pipeline.start_frame},
          {"frame_count", pipeline.frame_count},
          {"res", pipeline.res_px},
          {"restore_res", pipeline.restore_res},
          {"resample_method", to_string(pipeline.resample)},
          {"dilations", pipeline.dilations},
          {"cap_dilation", pipeline.cap_dilation},
          {"snip_len", pipeline.snippet_length}};
}

JobIdentity job_identity(const PlannedInput& input, const PipelineOptions& pipeline,
                         const ModelInfo& model, const ComputeFacts& compute) {
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
                      {"model", model.hash},
                      {"device", compute.device},
                      {"kernels", compute.kernels},
                      {"dtype", compute.dtype},
                      {"tf32", compute.tf32}};
  json.update(frame_and_snippet_settings(pipeline));
  json.update({{"max_vae_bs", pipeline.batch.vae_frames},
               {"max_snippets", pipeline.batch.snippets},
               {"seed", pipeline.seed},
               {"merge", to_string(pipeline.merge)},
               {"spool_dtype", to_string(pipeline.spool_dtype)},
               {"chunk_frames", pipeline.chunk_frames},
               {"chunk_overlap", pipeline.chunk_overlap},
               {"refine_step", pipeline.refine.steps}});
  if (pipeline.refine.steps > 0) {
    json["refine_snippet_len"] = pipeline.refine.snippet_length;
    json["refine_start_dilation"] = pipeline.refine.start_dilation;
  }
  json.update(align_identity(pipeline.align));
  return json;
}

ComputeFacts compute_facts(c10::Device device, c10::ScalarType dtype, bool tf32) {
  return {.device = c10::DeviceTypeName(device.type(), /*lower_case=*/true),
          .kernels = kernels_of(device, dtype),
          .dtype = dtype_name(dtype),
          .tf32 = tf32};
}

}  // namespace rollingdepth
