#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "../data_file.hpp"
#include "../error_matchers.hpp"
#include "../temporary_folder.hpp"
#include "checkpoint/import_package.hpp"
#include "checkpoint/pth_file.hpp"
#include "pickle_code.hpp"
#include "rollingdepth/error.hpp"
#include "zip_bytes.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using testing::data_file;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Not;

/// How the packages in tests/data were made of their checkpoints.
struct Recorded {
  const char* checkpoint;
  const char* made_from;  ///< Folder of the template.
  const char* package;
  ImportOptions options;
};

ImportOptions labelled(const char* name, const char* source, const char* license) {
  ImportOptions options;
  options.name = name;
  options.source = source;
  options.license = license;
  return options;
}

Recorded recorded_a() {
  Recorded a{
      .checkpoint = "checkpoints/a",
      .made_from = "templates/a",
      .package = "models/a",
      .options = labelled("untrained-reference-a", "tests/data/checkpoints/a", "Apache-2.0")};
  a.options.res_px = 384;
  a.options.notice =
      "this model has random weights and does not see depth; export a real checkpoint (see "
      "README) and pass it with -c";
  return a;
}

Recorded recorded_b() {
  return {.checkpoint = "checkpoints/b",
          .made_from = "templates/b",
          .package = "models/b",
          .options = labelled("untrained-reference-b", "tests/data/checkpoints/b", "Apache-2.0")};
}

Recorded recorded_video() {
  Recorded video{.checkpoint = "vda/tiny.pth",
                 .made_from = "vda/template",
                 .package = "vda/model",
                 .options = labelled("untrained-reference-vda", "tiny.pth", "Apache-2.0")};
  video.options.res_px = 126;
  return video;
}

Recorded recorded_gemdepth() {
  Recorded gem{.checkpoint = "gem/tiny.pth",
               .made_from = "gem/template",
               .package = "gem/model",
               .options = labelled("untrained-reference-gem", "tiny.pth",
                                   "unknown; treat as non-commercial")};
  gem.options.res_px = 126;
  return gem;
}

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream) << file;
  return {std::istreambuf_iterator<char>(stream), {}};
}

class Import : public ::testing::Test {
 protected:
  Import() { fs::create_directory(package_); }

  void run(ImportOptions options, const fs::path& checkpoint, const fs::path& made_from) {
    options.checkpoint = checkpoint;
    options.templates = {made_from};
    SilentProgress progress;
    import_package(options, package_, progress);
  }
  void run(const Recorded& recorded) {
    run(recorded.options, data_file(recorded.checkpoint), data_file(recorded.made_from));
  }
  std::string refusal(const ImportOptions& options, const fs::path& checkpoint,
                      const fs::path& made_from, ErrorKind kind = ErrorKind::kModel) {
    return message_of(kind, [&] { run(options, checkpoint, made_from); });
  }
  /// A copy of checkpoint b with a file of it changed.
  fs::path changed(const std::string& file, const std::function<void(json&)>& change) {
    const fs::path copy = folder_ / "changed";
    fs::remove_all(copy);
    fs::copy(data_file("checkpoints/b"), copy, fs::copy_options::recursive);
    json document = json::parse(bytes_of(copy / file));
    change(document);
    fs::permissions(copy / file, fs::perms::owner_write, fs::perm_options::add);
    std::ofstream(copy / file) << document.dump();
    return copy;
  }
  /// The same with the JSON of its VAE's weights changed, which stays as long.
  fs::path with_weights(const std::function<void(json&)>& change) {
    const fs::path copy = changed("vae/config.json", [](json&) {});
    const fs::path file = copy / "vae" / "diffusion_pytorch_model.safetensors";
    std::string bytes = bytes_of(file);
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    json header = json::parse(bytes.substr(8, length));
    change(header);
    const std::string text = header.dump();
    length = text.size();
    fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
    std::ofstream stream(file, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(&length), sizeof length);
    std::uint64_t old = 0;
    std::memcpy(&old, bytes.data(), sizeof old);
    stream << text << bytes.substr(8 + old);
    return copy;
  }
  /// A .pth with the names of vda/tiny.pth's weights, each `times` as long in its first dimension,
  /// and all of them `value`.
  fs::path as_tiny(float value, std::int64_t times = 1) {
    std::vector<std::pair<std::string, std::string>> pickled;
    std::int64_t numbers = 0;
    const auto tiny = open_pth(data_file("vda/tiny.pth"));
    for (const auto& [name, tensor] : tiny->tensors()) {
      numbers = std::max(numbers, times * c10::multiply_integers(tensor.shape));
    }
    for (const auto& [name, tensor] : tiny->tensors()) {
      std::vector<std::int64_t> shape = tensor.shape;
      shape.front() *= times;
      std::vector<std::int64_t> strides(shape.size(), 1);
      for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
      pickled.emplace_back(name,
                           testing::tensor_code(testing::storage_code(numbers), 0, shape, strides));
    }
    const std::vector<float> values(static_cast<std::size_t>(numbers), value);
    const fs::path file = folder_ / "large.pth";
    std::ofstream(file, std::ios::binary) << testing::zip_bytes(
        {{.name = "large/data.pkl", .bytes = testing::pickle_of(pickled)},
         {.name = "large/data/0",
          .bytes = {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)}}});
    return file;
  }
  void expect_recorded(const fs::path& wanted) {
    for (const auto& entry : fs::directory_iterator(wanted)) {
      EXPECT_TRUE(bytes_of(package_ / entry.path().filename()) == bytes_of(entry.path()))
          << entry.path();
    }
    const auto files = [](const fs::path& folder) {
      return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
    };
    EXPECT_EQ(files(package_), files(wanted));
  }

  testing::TemporaryFolder folder_;
  fs::path package_ = folder_ / "package";
};

TEST_F(Import, GivesTheBytesOfTheExport) {
  for (const Recorded& recorded :
       {recorded_a(), recorded_b(), recorded_video(), recorded_gemdepth()}) {
    fs::remove_all(package_);
    fs::create_directory(package_);
    run(recorded);
    expect_recorded(data_file(recorded.package));
  }
}

TEST_F(Import, TakesTheTemplateThatFits) {
  Recorded recorded = recorded_video();
  recorded.options.checkpoint = data_file(recorded.checkpoint);
  for (const char* other : {"templates/b", "gem/template", "vda/template"}) {
    recorded.options.templates.push_back(data_file(other));
  }
  SilentProgress progress;
  import_package(recorded.options, package_, progress);
  expect_recorded(data_file(recorded.package));
}

TEST_F(Import, TakesWeightsInAnotherTypeAndNamesOfAnotherAge) {
  ImportOptions options;
  options.dtype = c10::ScalarType::Half;
  const std::string names[] = {"to_q", "to_k", "to_v", "to_out.0"};
  const std::string old_names[] = {"query", "key", "value", "proj_attn"};
  const fs::path old = with_weights([&](json& header) {
    json renamed = json::object();
    for (const auto& [key, value] : header.items()) {
      std::string name = key;
      for (std::size_t i = 0; i < std::size(names); ++i) {
        const auto at = name.find(".attentions.0." + names[i] + ".");
        if (at != std::string::npos) name.replace(at + 14, names[i].size(), old_names[i]);
      }
      renamed[name] = value;
    }
    header = renamed;
  });
  run(options, data_file("checkpoints/b"), data_file("templates/b"));
  const std::string wanted = bytes_of(package_ / "decoder.ts");
  fs::remove_all(package_);
  fs::create_directory(package_);
  run(options, old, data_file("templates/b"));
  EXPECT_TRUE(bytes_of(package_ / "decoder.ts") == wanted);
  const auto dtype = json::parse(bytes_of(package_ / "model.json"))["dtype"].get<std::string>();
  EXPECT_EQ(dtype, "float16");
}

TEST_F(Import, SaysOfThePackageWhatItIsTold) {
  ImportOptions options;
  options.metric = true;
  options.float32_in["decoder"] = {"fp16"};
  run(options, data_file("vda/tiny.pth"), data_file("vda/template"));
  const json model = json::parse(bytes_of(package_ / "model.json"));
  EXPECT_EQ(model["values"].get<std::string>(), "metres");
  EXPECT_EQ(model["name"].get<std::string>(), "tiny");
  EXPECT_EQ(model["license"].get<std::string>(), "not stated");
  EXPECT_EQ(model["float32_in"].dump(), R"({"decoder":["fp16"],"output":["bf16","fp16"]})");
}

TEST_F(Import, TakesSettingsOfTheSchedulerOver) {
  const fs::path checkpoint = changed("scheduler/scheduler_config.json", [](json& settings) {
    settings["beta_end"] = 0.013;
    settings.erase("steps_offset");
  });
  run({}, checkpoint, data_file("templates/b"));
  const json model = json::parse(bytes_of(package_ / "model.json"));
  EXPECT_EQ(model["scheduler"]["beta_end"].get<double>(), 0.013);
  EXPECT_EQ(model["scheduler"]["steps_offset"].get<int>(), 0);
}

TEST_F(Import, RefusesSettingsThatTheTemplateIsNotMadeFor) {
  const fs::path made_from = data_file("templates/b");
  EXPECT_THAT(
      refusal({},
              changed("unet/config.json", [](json& settings) { settings["norm_num_groups"] = 4; }),
              made_from),
      AllOf(HasSubstr("unet/config.json: norm_num_groups = 4"), HasSubstr("--template")));
  EXPECT_THAT(
      refusal({},
              changed("vae/config.json", [](json& settings) { settings["shift_factor"] = 0.1; }),
              made_from),
      HasSubstr("vae/config.json: shift_factor = 0.1"));
  EXPECT_THAT(
      refusal({},
              changed("unet/config.json", [](json& settings) { settings["new_setting"] = true; }),
              made_from),
      HasSubstr("new_setting = true is unknown"));
  EXPECT_THAT(refusal({},
                      changed("scheduler/scheduler_config.json",
                              [](json& settings) { settings["beta_end"] = "large"; }),
                      made_from),
              HasSubstr("beta_end = \"large\" is not supported"));
  EXPECT_THAT(
      refusal({},
              changed("tokenizer/vocab.json", [](json& words) { words.erase("<|endoftext|>"); }),
              made_from),
      HasSubstr("<|endoftext|>"));
  EXPECT_NO_THROW(run(
      {}, changed("unet/config.json", [](json& settings) { settings["new_setting"] = nullptr; }),
      made_from));
}

TEST_F(Import, RefusesWeightsThatDoNotFit) {
  const fs::path made_from = data_file("templates/b");
  EXPECT_THAT(refusal({}, with_weights([](json& header) {
                        header["encoder.conv_in.weights"] = header["encoder.conv_in.weight"];
                        header.erase("encoder.conv_in.weight");
                      }),
                      made_from),
              AllOf(HasSubstr("1 weights are missing: vae/encoder.conv_in.weight"),
                    HasSubstr("1 weights are unknown: vae/encoder.conv_in.weights")));
  EXPECT_THAT(refusal({}, with_weights([](json& header) {
                        json& shape = header["encoder.conv_in.weight"]["shape"];
                        std::swap(shape[0], shape[1]);
                      }),
                      made_from),
              HasSubstr("1 weights have another shape or dtype: vae/encoder.conv_in.weight"));
}

TEST_F(Import, RefusesWhatNoTemplateKnows) {
  EXPECT_THAT(refusal({}, data_file("gem/tiny.pth"), data_file("templates/b")),
              HasSubstr("not a checkpoint of RollingDepth, Video-Depth-Anything or GemDepth"));
  EXPECT_THAT(refusal({}, data_file("checkpoints"), data_file("templates/b")),
              HasSubstr("it has no folder unet/"));
  EXPECT_THAT(refusal({}, data_file("models/b"), data_file("templates/b")),
              HasSubstr("is a model package already"));
  EXPECT_THAT(refusal({}, folder_ / "none", data_file("templates/b")),
              HasSubstr("no such file or folder"));
}

// Of a network of another size no shape fits, and those of another method's could.
TEST_F(Import, NamesTheTemplateThatHasTheNamesOfTheWeights) {
  ImportOptions options;
  options.checkpoint = as_tiny(0.5F, 2);
  options.templates = {data_file("gem/template"), data_file("vda/template")};
  SilentProgress progress;
  const std::string why =
      message_of(ErrorKind::kModel, [&] { import_package(options, package_, progress); });
  EXPECT_THAT(why, HasSubstr(" weights have another shape or dtype: "));
  EXPECT_THAT(why, Not(HasSubstr("missing")));
}

// Files may have any name; model.json is JSON.
TEST_F(Import, TakesNamesThatAreNotUtf8) {
  const fs::path checkpoint = folder_ / "caf\xE9.pth";
  fs::copy(data_file("vda/tiny.pth"), checkpoint);
  ImportOptions options;
  options.license = "\xFF";
  run(options, checkpoint, data_file("vda/template"));
  const json model = json::parse(bytes_of(package_ / "model.json"));
  EXPECT_EQ(model["name"].get<std::string>(), "caf\uFFFD");
  EXPECT_EQ(model["source"].get<std::string>(), "caf\uFFFD.pth");
  EXPECT_EQ(model["license"].get<std::string>(), "\uFFFD");
}

TEST_F(Import, RefusesWeightsThatAreTooLargeOnceTheyAreMade) {
  // The scales of branches are multiplied into the layers before them.
  const fs::path large = as_tiny(1e30F);
  EXPECT_THAT(refusal({}, large, data_file("vda/template")), HasSubstr("is too large for float32"));
  ImportOptions half;
  half.dtype = c10::ScalarType::Half;
  EXPECT_THAT(refusal(half, large, data_file("vda/template")), HasSubstr("is too large for float"));
}

TEST_F(Import, RefusesOptionsOfOtherKinds) {
  ImportOptions options;
  options.metric = true;
  EXPECT_THAT(
      refusal(options, data_file("gem/tiny.pth"), data_file("gem/template"), ErrorKind::kUsage),
      HasSubstr("--metric"));
  options = {};
  options.float32_in["text_encoder"] = {"fp16"};
  EXPECT_THAT(
      refusal(options, data_file("checkpoints/b"), data_file("templates/b"), ErrorKind::kUsage),
      HasSubstr("no network 'text_encoder'"));
}

/// Asks for a stop at the hundredth question.
class Stopping final : public Progress {
 public:
  void begin(std::string_view, std::int64_t, std::string_view) override {}
  void advance(std::int64_t) override {}
  void end(std::string_view) override {}
  void warn(const std::string&) override {}
  void check_cancelled() override {
    if (++asked_ == 100) throw Cancelled();
  }

 private:
  int asked_ = 0;
};

TEST_F(Import, CanBeStopped) {
  ImportOptions options;
  options.checkpoint = data_file("checkpoints/b");
  options.templates = {data_file("templates/b")};
  Stopping progress;
  EXPECT_THROW(import_package(options, package_, progress), Cancelled);
}

}  // namespace
}  // namespace rollingdepth
