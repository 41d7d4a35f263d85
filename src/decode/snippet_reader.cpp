#include "decode/snippet_reader.hpp"

#include <ATen/core/Tensor.h>
#include <c10/util/StringUtil.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "media/npz_array.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kMostFrames = 10'000'000;  // 92 hours at 30 frames a second.
constexpr std::int64_t kMostEntries = 1024;

/// d of "dilation<d>"; nothing for another name, such as "dilation01".
std::optional<std::int64_t> dilation_of(const std::string& name) {
  constexpr std::string_view kPrefix = "dilation";
  std::int64_t dilation = 0;
  if (name.size() <= kPrefix.size()) return std::nullopt;
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), dilation);
  if (dilation < 1 || name != std::string(kPrefix) + std::to_string(dilation)) return std::nullopt;
  return dilation;
}

}  // namespace

struct SnippetReader::Impl {
  explicit Impl(const std::filesystem::path& path) : file(path) {
    find_plans();
    find_entries();
  }

  void find_plans() {
    // Each is looked for from the beginning: a crowd of empty ones would take hours.
    if (static_cast<std::int64_t>(file.entries().size()) > kMostEntries) {
      throw Error(ErrorKind::kInput, "cannot align " + file.name() + ": it holds more than " +
                                         std::to_string(kMostEntries) + " arrays");
    }
    std::vector<std::int64_t> dilations;
    for (const std::string& entry : file.entries()) {
      const std::string array = array_of_entry(entry);
      if (const auto dilation = dilation_of(array)) {
        dilations.push_back(*dilation);
      } else if (array != "dilations") {
        listing.ignored.push_back(entry);
      }
    }
    std::sort(dilations.begin(), dilations.end());
    if (dilations.empty() && holds_depth()) {
      throw Error(ErrorKind::kInput, "cannot align " + file.name() +
                                         ": it holds finished depth, as --save-npz writes it; only "
                                         "what --save-snippets wrote can be aligned, which models "
                                         "of RollingDepth have");
    }
    if (dilations.empty() || dilations.front() != 1) {
      throw Error(ErrorKind::kInput,
                  "cannot align " + file.name() +
                      ": it holds no array 'dilation1' [S, L, H, W], which shows "
                      "every frame");
    }
    for (const std::int64_t dilation : dilations) add_plan(dilation);
  }

  [[nodiscard]] bool holds_depth() const {
    const std::vector<std::string>& entries = file.entries();
    return std::any_of(entries.begin(), entries.end(),
                       [](const std::string& entry) { return array_of_entry(entry) == "depth"; });
  }

  void add_plan(std::int64_t dilation) {
    const std::string array = "dilation" + std::to_string(dilation);
    const NpyHeader header = NpzArray(file, array).header();
    std::vector<std::int64_t> shape = header.shape;
    if (shape.size() == 5 && shape[2] == 1) shape.erase(shape.begin() + 2);
    if (!c10::isFloatingType(header.dtype))
      file.fail(array, "its values are not floating-point numbers");
    if (shape.size() != 4) {
      file.fail(array,
                "its shape is " + c10::str(c10::IntArrayRef(header.shape)) + ", not [S, L, H, W]");
    }
    if (*std::min_element(shape.begin() + 1, shape.end()) < 1)
      file.fail(array, "it holds no pixels");
    if (dilation == 1) {
      if (shape[0] < 1) file.fail(array, "it holds no snippets");
      // The fit takes more memory for a frame than maps of few pixels do, above all packed ones.
      if (shape[0] > kMostFrames || shape[1] > kMostFrames) {
        file.fail(array, "a clip of more than " + std::to_string(kMostFrames) + " frames");
      }
      frames = shape[0] + shape[1] - 1;
      length = shape[1];
      listing.height_px = shape[2];
      listing.width_px = shape[3];
    }
    if (shape[1] != length || shape[2] != listing.height_px || shape[3] != listing.width_px) {
      file.fail(array, "its shape " + c10::str(c10::IntArrayRef(shape)) +
                           " does not fit that of 'dilation1', [S, " + std::to_string(length) +
                           ", " + std::to_string(listing.height_px) + ", " +
                           std::to_string(listing.width_px) + "]");
    }
    // A spacing beyond the clip holds nothing, however large it is.
    const SnippetPlan plan{.frames = frames, .length = length, .dilation = dilation};
    if (plan.size() != shape[0]) {
      file.fail(array, "it holds " + std::to_string(shape[0]) + " snippets; a clip of " +
                           std::to_string(frames) + " frames has " + std::to_string(plan.size()));
    }
    listing.plans.push_back(plan);
  }

  void find_entries() {
    const std::vector<std::string> stored = file.entries();
    if (std::find(stored.begin(), stored.end(), "dilations.npy") == stored.end()) {
      for (std::size_t i = 0; i < listing.plans.size(); ++i) listing.entries.push_back(i);
      return;
    }
    NpzArray array(file, "dilations");
    if (array.header().shape.size() != 1 || !c10::isIntegralType(array.header().dtype, false)) {
      file.fail("dilations", "it is not a list of whole numbers");
    }
    if (array.header().shape.front() > kMostEntries) {
      file.fail("dilations", "it names more than " + std::to_string(kMostEntries));
    }
    const at::Tensor used = array.values(array.header().shape).to(at::kLong);
    array.finish();
    for (std::int64_t i = 0; i < used.numel(); ++i) {
      const std::int64_t dilation = used.const_data_ptr<std::int64_t>()[i];
      const auto plan = std::find_if(listing.plans.begin(), listing.plans.end(),
                                     [&](const SnippetPlan& p) { return p.dilation == dilation; });
      if (plan == listing.plans.end()) {
        file.fail("dilations",
                  "it names " + std::to_string(dilation) + ", of which there is no array");
      }
      listing.entries.push_back(static_cast<std::size_t>(plan - listing.plans.begin()));
    }
    if (std::find(listing.entries.begin(), listing.entries.end(), 0U) == listing.entries.end()) {
      file.fail("dilations", "it lacks 1, which shows every frame");
    }
  }

  NpzFile file;
  SnippetListing listing;
  std::int64_t frames = 0;
  std::int64_t length = 0;
};

std::int64_t SnippetListing::maps() const {
  std::int64_t maps = 0;
  for (const SnippetPlan& plan : plans) maps += plan.size() * plan.length;
  return maps;
}

SnippetReader::SnippetReader(const std::filesystem::path& file)
    : impl_(std::make_unique<Impl>(file)) {}
SnippetReader::~SnippetReader() = default;

const SnippetListing& SnippetReader::listing() const { return impl_->listing; }

void SnippetReader::read(const Visitor& visit, Progress& progress) {
  const SnippetListing& listing = impl_->listing;
  std::int64_t done = 0;
  for (std::size_t i = 0; i < listing.plans.size(); ++i) {
    const SnippetPlan& plan = listing.plans[i];
    NpzArray array(impl_->file, "dilation" + std::to_string(plan.dilation));
    for (std::int64_t k = 0; k < plan.size(); ++k) {
      progress.check_cancelled();
      visit(i, k, array.values({plan.length, listing.height_px, listing.width_px}).to(at::kFloat));
      progress.advance(++done);
    }
    array.finish();
  }
}

}  // namespace rollingdepth
