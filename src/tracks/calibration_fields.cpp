#include "tracks/calibration_fields.hpp"

#include <tinyxml2.h>
#include <yaml-cpp/yaml.h>

#include <cctype>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "base/words.hpp"

// OpenCV's own parsers trust what they read: an odd line holds the one of YAML for ever, and XML
// that ends within a tag leads the other one through a null pointer.
namespace rollingdepth {
namespace {

constexpr std::size_t kMostBytes = 1'000'000;

CalibrationFault damaged(const char* language, int line) {
  return CalibrationFault("its " + std::string(language) + " is damaged in line " +
                          std::to_string(line));
}

std::string in_words(const std::string& text) {
  std::string joined;
  for (const std::string& word : words_of(text)) {
    joined.append(joined.empty() ? "" : " ").append(word);
  }
  return joined;
}

/// What is wanted, and what of it was found.
struct Search {
  const std::set<std::string>& wanted;
  CalibrationFields found = {};

  /// Whether a field has to be read: aliases of YAML can repeat one without end.
  bool misses(const std::string& name) const {
    return wanted.contains(name) && !found.contains(name);
  }
};

std::string text_of(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  std::string items;
  if (!node.IsSequence()) return items;
  for (const YAML::Node& item : node) {
    if (item.IsScalar()) items += item.Scalar() + ' ';
  }
  return items;
}

void take_yaml(const YAML::Node& fields, const std::string& prefix, Search& search) {
  for (const auto& field : fields) {
    if (!field.first.IsScalar()) continue;
    const std::string name = prefix + field.first.Scalar();
    if (!search.misses(name)) continue;
    search.found.emplace(name, in_words(text_of(field.second)));
    if (field.second.IsMap() && prefix.empty()) take_yaml(field.second, name + '.', search);
  }
}

struct Document {
  std::string text = {};
  int first_line = 1;
};

/// OpenCV adds to a file by a document of its own. A line of three dashes or dots begins one
/// wherever it stands; YAML::LoadAll finds documents without end in some damaged text.
std::vector<Document> documents_of(const std::string& text) {
  std::vector<Document> documents(1);
  std::istringstream stream(text);
  int number = 1;
  for (std::string line; std::getline(stream, line); ++number) {
    const bool parts = line.size() == 3 ||
                       (line.size() > 3 && std::isspace(static_cast<unsigned char>(line[3])) != 0);
    const bool ends = parts && line.starts_with("..."), begins = parts && line.starts_with("---");
    if (ends || begins) documents.push_back({.first_line = number});
    if (!ends) documents.back().text.append(line);
    documents.back().text += '\n';
  }
  return documents;
}

void search_yaml(const std::string& text, Search& search) {
  bool has_names = false;
  for (const Document& document : documents_of(text)) {
    try {
      const YAML::Node fields = YAML::Load(document.text);
      if (!fields.IsMap()) continue;
      has_names = true;
      take_yaml(fields, "", search);
    } catch (const YAML::Exception& error) {
      throw damaged("YAML", document.first_line + error.mark.line);
    }
  }
  if (!has_names) throw CalibrationFault("it is neither YAML nor XML with names");
}

/// All text of an element and of the items of a list in it, which comments may part.
std::string text_of(const tinyxml2::XMLElement& element) {
  constexpr std::string_view kItem = "_";
  std::string text;
  for (const auto* node = element.FirstChild(); node != nullptr; node = node->NextSibling()) {
    const tinyxml2::XMLElement* item = node->ToElement();
    if (node->ToText() != nullptr) {
      text += node->Value();
    } else if (item != nullptr && item->Name() == kItem && item->GetText() != nullptr) {
      text += item->GetText();
    }
    text += ' ';
  }
  return text;
}

void take_xml(const tinyxml2::XMLElement& fields, const std::string& prefix, Search& search) {
  for (const auto* field = fields.FirstChildElement(); field != nullptr;
       field = field->NextSiblingElement()) {
    const std::string name = prefix + field->Name();
    if (!search.misses(name)) continue;
    search.found.emplace(name, in_words(text_of(*field)));
    if (prefix.empty()) take_xml(*field, name + '.', search);
  }
}

void search_xml(const std::string& text, Search& search) {
  tinyxml2::XMLDocument document;
  if (document.Parse(text.data(), text.size()) != tinyxml2::XML_SUCCESS) {
    throw damaged("XML", document.ErrorLineNum());
  }
  const tinyxml2::XMLElement* storage = document.FirstChildElement("opencv_storage");
  if (storage == nullptr) throw CalibrationFault("it is no file of OpenCV");
  take_xml(*storage, "", search);
}

}  // namespace

CalibrationFields calibration_fields(const std::string& text, const std::set<std::string>& wanted) {
  constexpr std::string_view kByteOrderMarkAndBlanks = "\xef\xbb\xbf \t\r\n";
  if (text.size() > kMostBytes) throw CalibrationFault("it is too large for a camera");
  if (text.find('\0') != std::string::npos) throw CalibrationFault("it is no text");
  const std::size_t begin = text.find_first_not_of(kByteOrderMarkAndBlanks);
  if (begin == std::string::npos) throw CalibrationFault("it is empty");
  Search search{wanted};
  text[begin] == '<' ? search_xml(text, search) : search_yaml(text, search);
  return std::move(search.found);
}

}  // namespace rollingdepth
