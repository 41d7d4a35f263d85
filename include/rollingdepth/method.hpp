#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "rollingdepth/batch_sizes.hpp"
#include "rollingdepth/camera.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"
#include "rollingdepth/package.hpp"
#include "rollingdepth/progress.hpp"
#include "rollingdepth/worker.hpp"

namespace rollingdepth {

class ClipDepth;
class ClipFrames;
class Crew;
class SnippetArchive;
class Spool;
class Stages;

/// Values by the names of the options that set them.
using Settings = nlohmann::ordered_json;

/// Which frames are used, and at which size: the same for all methods.
struct ClipOptions {
  std::int64_t start_frame = 0;  ///< First frame used, >= 0.
  std::int64_t frame_count = 0;  ///< Frames used; 0 takes all that follow.
  /// Processing edge, of RollingDepth the longest, of Video-Depth-Anything and GemDepth the
  /// shortest; 0 keeps the input's.
  std::int64_t res_px = 768;
  bool restore_res = false;  ///< Output at the input's size instead of the processing size.
  ResampleMethod resample = ResampleMethod::kBilinear;

  void validate() const;  ///< Throws Error(kUsage) naming the option and value.
  [[nodiscard]] Settings settings() const;
  /// Takes one value by its name in settings(). @return whether there is such a name.
  bool set(const std::string& name, const Settings& value);
  friend bool operator==(const ClipOptions&, const ClipOptions&) = default;
};

/// What is known of a clip before its frames are read.
struct ClipShape {
  FrameSize size;
  std::int64_t frames = 0;  ///< >= 1.
};

/// What a run will hold, known from the shape of its clip alone, in bytes.
struct Forecast {
  std::int64_t spool_peak_bytes = 0;  ///< Of the spool at its largest.
  std::int64_t spool_kept_bytes = 0;  ///< Of the spool while the outputs are written.
  std::int64_t fuse_bytes = 0;        ///< In memory while units are fused, besides the spool.
  std::int64_t depth_bytes = 0;       ///< The finished depth of the clip in float32.
};

/// What the networks and their calls take of a device's memory, in bytes.
struct NetworkMemory {
  double parameter_bytes = 0;
  double call_bytes = 0;
};

/// Units [first, last) of a phase.
struct UnitRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// Records by which it can be told which units of a phase are done: one each, under the numbers
/// from `first` on.
struct UnitRecords {
  std::string phase;  ///< "snippets".
  std::string unit;   ///< What is counted: "snippets".
  std::string store;  ///< A store of the spool.
  std::int64_t first = 0;
  std::int64_t units = 0;
  std::int64_t record_bytes = 0;
};

/// Work whose units do not depend on each other, only on earlier phases.
struct Phase {
  std::string name;    ///< For people, reports and manifests: "encode".
  std::string unit;    ///< What is counted: "frames".
  UnitRange units;     ///< Cut into batches by absolute index, whoever works.
  bool reads = false;  ///< Its units are frames that are read: the clip may end before the last.
  /// Of all units, for a bar; 0 where the clip does not tell.
  std::int64_t total = 0;
  /// Whether the stage is finished for the whole clip after it, or for one chunk of several.
  bool whole = true;
  std::optional<std::int64_t> chunk = std::nullopt;  ///< Counted from 0, where there are several.
};

/// Gets the merged map of a frame; where chunks overlap, once from each.
using MergedFrame = std::function<void(std::int64_t frame, const at::Tensor& map)>;

/// What a clip is run with; everything is borrowed.
struct MethodInput {
  FrameSize size;  ///< Of the clip's frames.
  Spool& spool;
  ClipDepth& depth;  ///< Filled by MethodRun::fuse().
  /// Who carries out units: a member for each of `workers`.
  Crew& crew;
  const std::vector<Worker>& workers;
  /// Gets what is predicted before it is fused, of methods that have snippets; may be null.
  SnippetArchive* archive = nullptr;
  BatchSizes batch;            ///< As DepthMethod::batch_sizes() chose.
  MergedFrame on_merged = {};  ///< May be empty.
  /// Stages that earlier runs of the job have finished: what they leave need not be looked for
  /// record by record.
  std::vector<std::string> finished = {};

  [[nodiscard]] bool is_finished(const std::string& stage) const {
    return std::find(finished.begin(), finished.end(), stage) != finished.end();
  }
};

/// One clip on its way through a method. Keeps what it computes in the spool: a run that goes on
/// computes what is missing there. Not thread-safe.
class MethodRun {
 public:
  virtual ~MethodRun() = default;
  /// The phase that follows; nothing once the depth of the whole clip is there.
  virtual std::optional<Phase> next(const ClipFrames& frames) = 0;
  /// Does `units` of `phase`; tells `progress` how many of the phase are done.
  /// @throws Error, Cancelled.
  virtual void work(const Phase& phase, UnitRange units, ClipFrames& frames,
                    Progress& progress) = 0;
  /// Does all that comes before the fuse of one share of the clip: the units whose first frame is
  /// one of `begun`, and what they need of other frames. What the spool has is not done again.
  /// REQUIRES: the clip was read before, `frames` knows how many it has and their times.
  /// @throws Error, Cancelled.
  virtual void work_share(UnitRange begun, ClipFrames& frames, Stages& stages) = 0;
  /// What follows a phase and is sequential and cheap: alignment, merge, stitching.
  virtual void fuse(const Phase& done, const ClipFrames& frames, Stages& stages) = 0;
  /// After the last fuse(): the camera of each frame, where DepthMethod::has_cameras(); else none.
  /// @throws MissingRecord.
  [[nodiscard]] virtual std::vector<FrameCamera> cameras() const { return {}; }
  /// What was done, for the report: an object with `result`, which says what was run, and any
  /// further members.
  [[nodiscard]] virtual Settings summary() const = 0;
};

/// One way from frames to depth. Knows nothing of threads, files or screens.
class DepthMethod {
 public:
  virtual ~DepthMethod() = default;
  [[nodiscard]] virtual const PackageInfo& package() const = 0;
  [[nodiscard]] virtual const ClipOptions& clip_options() const = 0;
  /// Every value that changes a pixel, named: of a job's identity, a report and a dry run.
  [[nodiscard]] virtual Settings settings() const = 0;
  /// The size at which networks run.
  [[nodiscard]] virtual FrameSize processing_size(FrameSize input) const = 0;
  /// What its depth is.
  [[nodiscard]] virtual DepthValues values() const { return DepthValues::kAffineInverse; }
  /// Whether it finds the camera of each frame too.
  [[nodiscard]] virtual bool has_cameras() const { return false; }
  /// What the work on a clip is counted in: "snippets".
  [[nodiscard]] virtual std::string unit() const = 0;
  /// What a run will do, for people.
  struct Plan {
    std::string units;  ///< "22 of 3 frames, dilations 1 3".
    std::vector<std::string> warnings;
  };
  /// Closed form.
  [[nodiscard]] virtual Plan plan(const ClipShape& clip) const = 0;
  /// @param dtype of the model. Closed form.
  [[nodiscard]] virtual Forecast forecast(const ClipShape& clip, c10::ScalarType dtype) const = 0;
  /// What a spool holds once all units of a clip are done, in the order of the phases.
  /// @param dtype of the model.
  [[nodiscard]] virtual std::vector<UnitRecords> unit_records(const ClipShape& clip,
                                                              c10::ScalarType dtype) const = 0;
  /// A setting that lowers the forecast, for the advice of a refusal, such as "--chunk-frames 64",
  /// and the forecast with it; one at a time, nothing after the last.
  struct Saving {
    std::string option;
    Forecast forecast;
  };
  [[nodiscard]] virtual std::vector<Saving> savings(const ClipShape& clip,
                                                    c10::ScalarType dtype) const = 0;
  /// Sizes that were not asked for are chosen for the device and its free memory now.
  /// @param parameters_bytes of networks that are not loaded yet, else 0.
  [[nodiscard]] virtual BatchSizes batch_sizes(FrameSize input, c10::Device device,
                                               c10::ScalarType dtype,
                                               std::uint64_t parameters_bytes = 0) const = 0;
  /// @param file_bytes of the package's files. @param frames unset: unknown.
  [[nodiscard]] virtual NetworkMemory network_memory(FrameSize input,
                                                     std::optional<std::int64_t> frames,
                                                     std::uint64_t file_bytes, c10::Device device,
                                                     c10::ScalarType dtype) const = 0;

  /// Whether units of a phase can be computed side by side: not where each needs the one before.
  [[nodiscard]] virtual bool can_share_units() const { return true; }
  /// Loads the networks onto each of the devices, once, before begin().
  /// @param devices one at least, of one kind, each once. @param tf32 as allow_tf32(); CUDA only.
  /// @throws Error(kModel), Error(kDevice).
  virtual void load(const std::vector<c10::Device>& devices, c10::ScalarType dtype, bool tf32) = 0;
  /// The first that they were loaded onto. REQUIRES: loaded.
  [[nodiscard]] virtual c10::Device device() const = 0;
  [[nodiscard]] virtual c10::ScalarType dtype() const = 0;
  /// REQUIRES: loaded, and no other run at work.
  [[nodiscard]] virtual std::unique_ptr<MethodRun> begin(const MethodInput& input) = 0;
  /// What happened in the networks since the last time that the user should know.
  virtual std::vector<std::string> take_warnings() = 0;
};

}  // namespace rollingdepth
