#include "rollingdepth/decode/snippet_reader.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "rollingdepth/base/error.hpp"
#include "rollingdepth/write/npy_header.hpp"
#include "rollingdepth/write/zip_handle.hpp"

namespace rollingdepth {
namespace {

struct ZipFileClose {
  void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
};

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t extent : shape)
    text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return "[" + text + "]";
}

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
  // One array of the archive, its header read.
  class Array {
   public:
    Array(const Impl& owner, const std::string& name) : owner_(owner), name_(name) {
      const std::string entry = name + ".npy";
      zip_stat_t status;
      zip_stat_init(&status);
      file_.reset(zip_fopen(owner.archive.get(), entry.c_str(), 0));
      if (!file_ || zip_stat(owner.archive.get(), entry.c_str(), 0, &status) != 0) {
        owner.fail(name, zip_text(zip_get_error(owner.archive.get())));
      }
      header = read_npy_header(
          owner.label(name), [this](void* buffer, std::size_t size) { return read(buffer, size); });
      check_size(static_cast<std::int64_t>(status.size));
    }

    // The next values, [shape], as they are stored.
    at::Tensor values(const std::vector<std::int64_t>& shape) {
      at::Tensor tensor = at::empty(shape, header.dtype);
      if (read(tensor.data_ptr(), tensor.nbytes()) < tensor.nbytes()) {
        owner_.fail(name_, "cut short");
      }
      return tensor;
    }

    // All values are read: only now libzip has compared their checksum.
    void finish() {
      char more = 0;
      if (read(&more, 1) != 0) owner_.fail(name_, "it is longer than its shape says");
    }

    NpyHeader header;

   private:
    std::size_t read(void* buffer, std::size_t size) {
      std::size_t done = 0;
      while (done < size) {
        const zip_int64_t got =
            zip_fread(file_.get(), static_cast<char*>(buffer) + done, size - done);
        if (got < 0) owner_.fail(name_, zip_text(zip_file_get_error(file_.get())));
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
      }
      return done;
    }

    // A damaged shape must not become an allocation.
    void check_size(std::int64_t stored_bytes) const {
      auto wanted = static_cast<std::int64_t>(c10::elementSize(header.dtype));
      bool overflow = false;
      for (const std::int64_t extent : header.shape) {
        overflow = overflow || __builtin_mul_overflow(wanted, extent, &wanted);
      }
      if (overflow || stored_bytes - header.size_bytes != wanted) {
        owner_.fail(name_, "its size does not fit its shape " + shape_text(header.shape));
      }
    }

    const Impl& owner_;
    std::string name_;
    std::unique_ptr<zip_file_t, ZipFileClose> file_;
  };

  explicit Impl(const std::filesystem::path& path) : name(path.string()) {
    int code = 0;
    archive.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
    if (!archive) {
      throw Error(ErrorKind::kInput,
                  "cannot read " + name + ": " +
                      (code == ZIP_ER_NOZIP ? "not an .npz archive" : zip_text(code)));
    }
    find_plans();
    find_entries();
  }

  [[nodiscard]] std::string label(const std::string& array) const {
    return "'" + array + "' of " + name;
  }
  [[noreturn]] void fail(const std::string& array, const std::string& why) const {
    throw Error(ErrorKind::kInput, "cannot read " + label(array) + ": " + why);
  }

  void find_plans() {
    std::vector<std::int64_t> dilations;
    const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* entry = zip_get_name(archive.get(), static_cast<zip_uint64_t>(i), 0);
      if (entry == nullptr) continue;
      const std::string file = entry;
      const std::string array = file.ends_with(".npy") ? file.substr(0, file.size() - 4) : "";
      if (const auto dilation = dilation_of(array)) {
        dilations.push_back(*dilation);
      } else if (array != "dilations") {
        listing.ignored.push_back(file);
      }
    }
    std::sort(dilations.begin(), dilations.end());
    if (dilations.empty() || dilations.front() != 1) {
      throw Error(ErrorKind::kInput,
                  "cannot align " + name +
                      ": it holds no array 'dilation1' [S, L, H, W], which shows "
                      "every frame");
    }
    for (const std::int64_t dilation : dilations) add_plan(dilation);
  }

  void add_plan(std::int64_t dilation) {
    const std::string array = "dilation" + std::to_string(dilation);
    const NpyHeader header = Array(*this, array).header;
    std::vector<std::int64_t> shape = header.shape;
    if (shape.size() == 5 && shape[2] == 1) shape.erase(shape.begin() + 2);
    if (!c10::isFloatingType(header.dtype))
      fail(array, "its values are not floating-point numbers");
    if (shape.size() != 4) {
      fail(array, "its shape is " + shape_text(header.shape) + ", not [S, L, H, W]");
    }
    if (*std::min_element(shape.begin() + 1, shape.end()) < 1) fail(array, "it holds no pixels");
    if (dilation == 1) {
      if (shape[0] < 1) fail(array, "it holds no snippets");
      frames = shape[0] + shape[1] - 1;
      length = shape[1];
      listing.height_px = shape[2];
      listing.width_px = shape[3];
    }
    if (shape[1] != length || shape[2] != listing.height_px || shape[3] != listing.width_px) {
      fail(array, "its shape " + shape_text(shape) + " does not fit that of 'dilation1', [S, " +
                      std::to_string(length) + ", " + std::to_string(listing.height_px) + ", " +
                      std::to_string(listing.width_px) + "]");
    }
    SnippetPlan plan{.frames = frames, .length = length, .dilation = dilation, .rows = {}};
    // A spacing beyond the clip holds nothing, however large it is.
    if (dilation < frames || length == 1) {
      plan = plan_snippets({.frames = frames, .length = length, .dilation = dilation});
    }
    if (plan.size() != shape[0]) {
      fail(array, "it holds " + std::to_string(shape[0]) + " snippets; a clip of " +
                      std::to_string(frames) + " frames has " + std::to_string(plan.size()));
    }
    listing.plans.push_back(std::move(plan));
  }

  void find_entries() {
    if (zip_name_locate(archive.get(), "dilations.npy", 0) < 0) {
      for (std::size_t i = 0; i < listing.plans.size(); ++i) listing.entries.push_back(i);
      return;
    }
    Array array(*this, "dilations");
    if (array.header.shape.size() != 1 || !c10::isIntegralType(array.header.dtype, false)) {
      fail("dilations", "it is not a list of whole numbers");
    }
    const at::Tensor used = array.values(array.header.shape).to(at::kLong);
    array.finish();
    for (std::int64_t i = 0; i < used.numel(); ++i) {
      const std::int64_t dilation = used.const_data_ptr<std::int64_t>()[i];
      const auto plan = std::find_if(listing.plans.begin(), listing.plans.end(),
                                     [&](const SnippetPlan& p) { return p.dilation == dilation; });
      if (plan == listing.plans.end()) {
        fail("dilations", "it names " + std::to_string(dilation) + ", of which there is no array");
      }
      listing.entries.push_back(static_cast<std::size_t>(plan - listing.plans.begin()));
    }
    if (std::find(listing.entries.begin(), listing.entries.end(), 0U) == listing.entries.end()) {
      fail("dilations", "it lacks 1, which shows every frame");
    }
  }

  std::string name;
  ZipPtr archive;
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
    Impl::Array array(*impl_, "dilation" + std::to_string(plan.dilation));
    for (std::int64_t k = 0; k < plan.size(); ++k) {
      progress.check_cancelled();
      visit(i, k, array.values({plan.length, listing.height_px, listing.width_px}).to(at::kFloat));
      progress.advance(++done);
    }
    array.finish();
  }
}

}  // namespace rollingdepth
