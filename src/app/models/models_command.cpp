#include "app/models/models_command.hpp"

#include "app/json_text.hpp"
#include "app/model_search.hpp"
#include "app/models/found_packages.hpp"
#include "app/models/known_checkpoints.hpp"
#include "app/option_table.hpp"
#include "app/option_words.hpp"
#include "app/text_table.hpp"
#include "base/byte_size.hpp"
#include "base/formatted.hpp"
#include "base/printable.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDescription =
    "Lists the model packages that are here, and checkpoints that others publish with the commands "
    "that\n"
    "fetch and import them. Downloads nothing itself.\n";

constexpr const char* kFooter =
    "Packages are looked for in $ROLLINGDEPTH_MODELS, beside the program, and in its sources. "
    "Their "
    "files\n"
    "are there and have their sizes; whether they are damaged inside is seen when they are "
    "loaded.\n"
    "docs/choosing.md says which model is for what.";

constexpr const char* kUnknown = "unknown";

std::string or_unknown(std::string_view text) {
  return std::string(text.empty() ? kUnknown : text);
}

TextRow row_of(const FoundPackage& package) {
  const bool broken = !package.fault.empty();
  return {package.is_default ? "*" : " ",
          printable(package.name),
          broken ? "broken" : printable(package.kind),
          format_bytes(static_cast<double>(package.bytes)),
          printable(or_unknown(package.license)),
          printable(broken ? package.fault : package.folder.string())};
}

void print_packages(const std::vector<FoundPackage>& packages, const ModelPlaces& places,
                    Console& console) {
  if (packages.empty()) {
    std::vector<std::string> names;
    for (const std::filesystem::path& place : places.in_order()) {
      names.push_back(printable(place.string()));
    }
    console.print("No model packages in " + joined(names, ", "));
    return;
  }
  console.print("Model packages (* is what a run takes without --checkpoint):");
  std::vector<TextRow> rows = {{" ", "name", "kind", "size", "licence", "where"}};
  for (const FoundPackage& package : packages) rows.push_back(row_of(package));
  for (const std::string& line : aligned_rows(rows)) console.print(line);
}

void print_checkpoints(Console& console) {
  console.print("");
  console.print("Checkpoints that their authors publish, and what makes packages of them:");
  std::vector<TextRow> rows = {{" ", "name", "kind", "depth", "weights", "licence", "from"}};
  for (const KnownCheckpoint& known : known_checkpoints()) {
    rows.push_back({" ", std::string(known.name), std::string(known.method),
                    std::string(known.values), formatted("%.0f M", known.weights_millions),
                    or_unknown(known.license), std::string(known.page)});
  }
  for (const std::string& line : aligned_rows(rows)) console.print(line);
  console.print("");
  for (const KnownCheckpoint& known : known_checkpoints()) {
    if (known.download.empty()) {
      console.print("   # " + std::string(known.file) + ": " + std::string(known.page) +
                    " says where it is");
    } else {
      console.print("   " + std::string(known.download));
    }
    console.print("   " + import_command(known));
  }
  console.print("");
  console.print(
      "Licences are those of the weights, and bind who uses a package made from them. Where one is "
      "unknown,");
  console.print(
      "read the authors' page first; GemDepth's are to be treated as non-commercial "
      "(docs/models.md).");
  console.print("Sizes of the downloads are not known here.");
}

Json text_or_null(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(std::string(text));
}

Json json_of(const std::vector<FoundPackage>& packages) {
  Json found = Json::array(), known = Json::array();
  for (const FoundPackage& package : packages) {
    found.push_back({{"name", package.name},
                     {"kind", text_or_null(package.kind)},
                     {"bytes", package.bytes},
                     {"license", text_or_null(package.license)},
                     {"source", text_or_null(package.source)},
                     {"notice", text_or_null(package.notice)},
                     {"path", package.folder.string()},
                     {"default", package.is_default},
                     {"fault", text_or_null(package.fault)}});
  }
  for (const KnownCheckpoint& checkpoint : known_checkpoints()) {
    known.push_back({{"name", std::string(checkpoint.name)},
                     {"kind", std::string(checkpoint.method)},
                     {"values", std::string(checkpoint.values)},
                     {"weights_millions", checkpoint.weights_millions},
                     {"download_bytes", nullptr},
                     {"license", text_or_null(checkpoint.license)},
                     {"page", std::string(checkpoint.page)},
                     {"download", text_or_null(checkpoint.download)},
                     {"import", import_command(checkpoint)}});
  }
  return {{"packages", std::move(found)}, {"checkpoints", std::move(known)}};
}

}  // namespace

ModelsCommand parse_models_command(const std::vector<std::string>& arguments) {
  ModelsCommand command;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth models [--json]",
                     .footer = kFooter,
                     .command = "models"});
  table.group("Options");
  table.boolean("--json", command.json, "For scripts");
  add_log_options(table, command.log);
  const auto left = table.parse(arguments);
  if (!left) {
    command.help = table.help();
    return command;
  }
  refuse_leftovers(*left, table);
  if (!left->empty()) {
    throw Error(ErrorKind::kUsage, "models: unexpected argument '" + left->front() + "'");
  }
  command.log.validate();
  return command;
}

void run_models_command(const ModelsCommand& command, Console& console) {
  const ModelPlaces places = model_places(std::nullopt);
  const std::vector<FoundPackage> packages = found_packages(places);
  if (command.json) {
    console.print_lines(json_text(json_of(packages)));
    return;
  }
  print_packages(packages, places, console);
  print_checkpoints(console);
}

}  // namespace rollingdepth
