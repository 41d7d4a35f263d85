#include "checkpoint/template.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "../data_file.hpp"
#include "../error_matchers.hpp"
#include "../temporary_folder.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

/// A template of one network with one weight and one record of two bytes.
json small_document() {
  return json::parse(R"({
    "format_version": 1, "title": "Small", "model": {"kind": "gemdepth"}, "default_dtype": null,
    "conditions": {}, "copied": [], "unused": ["u."], "weights": {"w": [2, 3]},
    "networks": {"encoder": {"float32": [
      {"name": "data.pkl", "blob": 0},
      {"name": "data/0", "recipe": ["take", "w"], "shape": [2, 3], "dtype": "float32"}]}},
    "left_out": []})");
}

void pack(const fs::path& folder, const std::map<std::string, std::string>& files) {
  fs::create_directories(folder);
  archive* const writer = archive_write_new();
  archive_write_add_filter_xz(writer);
  archive_write_set_format_ustar(writer);
  archive_write_open_filename(writer, (folder / "template.tar.xz").c_str());
  for (const auto& [name, content] : files) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    archive_write_data(writer, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_free(writer);
}

class TemplateFile : public ::testing::Test {
 protected:
  std::string refusal(const std::map<std::string, std::string>& files) {
    pack(folder_ / "t", files);
    return message_of(ErrorKind::kModel, [&] { (void)read_template(folder_ / "t"); });
  }
  std::string refusal_of(const json& document) {
    return refusal({{"0", "ab"}, {"template.json", document.dump()}});
  }

  testing::TemporaryFolder folder_;
};

TEST_F(TemplateFile, HoldsNetworksAndWhatTheirWeightsAreMadeOf) {
  pack(folder_ / "t", {{"0", "ab"}, {"template.json", small_document().dump()}});
  const Template made = read_template(folder_ / "t");
  EXPECT_EQ(made.title, "Small");
  EXPECT_EQ(made.kind(), "gemdepth");
  EXPECT_THAT(made.unused, ElementsAre("u."));
  ASSERT_EQ(made.networks.size(), 1U);
  const std::vector<TemplateRecord>& records = made.networks[0].records.at(c10::ScalarType::Float);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(made.blobs.at(records[0].blob.value()), "ab");
  EXPECT_THAT(records[1].shape, ElementsAre(2, 3));
}

TEST_F(TemplateFile, IsReadAsTheExportWritesIt) {
  const Template made = read_template(testing::data_file("templates/a"));
  EXPECT_EQ(made.kind(), "rollingdepth");
  std::vector<std::string> names;
  for (const NetworkTemplate& network : made.networks) names.push_back(network.name);
  EXPECT_THAT(names, ElementsAre("text_encoder", "encoder", "unet", "decoder"));
  EXPECT_FALSE(made.networks.front().kept);
}

TEST_F(TemplateFile, OfTheProgramAreAllReadable) {
  const auto folders = find_templates({testing::checkout_file("models/templates")});
  ASSERT_EQ(folders.size(), 5U);
  for (const fs::path& folder : folders) EXPECT_NO_THROW((void)read_template(folder)) << folder;
}

TEST_F(TemplateFile, IsRefusedWhereItIsNone) {
  EXPECT_THAT(message_of(ErrorKind::kModel, [&] { (void)read_template(folder_ / "none"); }),
              HasSubstr("it holds no template.tar.xz"));
  EXPECT_THAT(refusal({{"0", "ab"}}), HasSubstr("it holds no template.json"));
  EXPECT_THAT(refusal({{"template.json", "{"}}), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal({{"template.json", "{}"}}), HasSubstr("format_version"));
  std::ofstream(folder_ / "t" / "template.tar.xz") << "not an archive";
  EXPECT_THAT(message_of(ErrorKind::kModel, [&] { (void)read_template(folder_ / "t"); }),
              HasSubstr("cannot use the template " + (folder_ / "t").string()));
}

TEST_F(TemplateFile, IsRefusedWhereItsDocumentMakesNoSense) {
  json document = small_document();
  document["format_version"] = 2;
  EXPECT_THAT(refusal_of(document), HasSubstr("format version 2"));
  document = small_document();
  document["networks"]["encoder"]["float32"][0]["blob"] = 1;
  EXPECT_THAT(refusal_of(document), HasSubstr("a record of it is missing"));
  document = small_document();
  document["networks"]["../encoder"] = document["networks"]["encoder"];
  EXPECT_THAT(refusal_of(document), HasSubstr("is no name of a network"));
  for (const char* name : {"", "../0", "data/../../0", "/data/0", "data/", "data/."}) {
    document = small_document();
    document["networks"]["encoder"]["float32"][0]["name"] = name;
    EXPECT_THAT(refusal_of(document), HasSubstr("is no name of a record")) << name;
  }
  document = small_document();
  document["networks"]["encoder"]["float32"][1]["dtype"] = "int8";
  EXPECT_THAT(refusal_of(document), HasSubstr("int8"));
  document = small_document();
  document["weights"]["w"] = {2.5};
  EXPECT_THAT(refusal_of(document), HasSubstr("number"));
}

TEST_F(TemplateFile, IsRefusedWhereAFileWouldHaveARecordTwice) {
  json document = small_document();
  json& records = document["networks"]["encoder"]["float32"];
  records.push_back(records[1]);
  EXPECT_THAT(refusal_of(document), HasSubstr("two records 'data/0' of network 'encoder'"));
}

TEST_F(TemplateFile, IsRefusedWithWeightsThatNoNetworkHas) {
  for (const char* shape : {"[4611686018427387904, 4]", "[-1]", "[1000000, 1000000]"}) {
    json document = small_document();
    document["weights"]["w"] = json::parse(shape);
    EXPECT_THAT(refusal_of(document), HasSubstr("which no network has")) << shape;
    document = small_document();
    document["networks"]["encoder"]["float32"][1]["shape"] = json::parse(shape);
    EXPECT_THAT(refusal_of(document), HasSubstr("which no network has")) << shape;
  }
}

TEST_F(TemplateFile, IsRefusedWithMoreFilesThanAnyHas) {
  std::map<std::string, std::string> many;
  for (int i = 0; i <= 10'000; ++i) many.emplace(std::to_string(i), "");
  EXPECT_THAT(refusal(many), HasSubstr("it holds more than"));
}

}  // namespace
}  // namespace rollingdepth
