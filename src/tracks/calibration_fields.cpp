#include "tracks/calibration_fields.hpp"

#include <tinyxml2.h>
#include <yaml-cpp/yaml.h>

#include <string_view>

// OpenCV's own parsers trust what they read: an odd line holds the one of YAML for ever, and XML
// that ends within a tag leads the other one through a null pointer.
namespace rollingdepth {
namespace {

CalibrationFault damaged(const char* language, int line) {
  return CalibrationFault("its " + std::string(language) + " is damaged in line " +
                          std::to_string(line));
}

/// A number or a text, or the items of a list that are one.
std::string text_of(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  std::string items;
  if (!node.IsSequence()) return items;
  for (const YAML::Node& item : node) {
    if (item.IsScalar()) items += item.Scalar() + ' ';
  }
  return items;
}

void take_yaml(const YAML::Node& fields, const std::string& prefix, CalibrationFields& found) {
  for (const auto& field : fields) {
    if (!field.first.IsScalar()) continue;
    const std::string name = prefix + field.first.Scalar();
    if (!field.second.IsMap()) {
      found.emplace(name, text_of(field.second));
    } else if (prefix.empty()) {
      take_yaml(field.second, name + '.', found);
    }
  }
}

CalibrationFields yaml_fields(const std::string& text) {
  CalibrationFields found;
  try {
    const YAML::Node fields = YAML::Load(text);
    if (!fields.IsMap()) throw CalibrationFault("it is neither YAML nor XML with names");
    take_yaml(fields, "", found);
  } catch (const YAML::Exception& error) {
    throw damaged("YAML", error.mark.line + 1);
  }
  return found;
}

void take_xml(const tinyxml2::XMLElement& fields, const std::string& prefix,
              CalibrationFields& found) {
  for (const auto* field = fields.FirstChildElement(); field != nullptr;
       field = field->NextSiblingElement()) {
    const std::string name = prefix + field->Name();
    if (field->FirstChildElement() == nullptr) {
      const char* text = field->GetText();
      found.emplace(name, text == nullptr ? "" : text);
    } else if (prefix.empty()) {
      take_xml(*field, name + '.', found);
    }
  }
}

CalibrationFields xml_fields(const std::string& text) {
  tinyxml2::XMLDocument document;
  if (document.Parse(text.data(), text.size()) != tinyxml2::XML_SUCCESS) {
    throw damaged("XML", document.ErrorLineNum());
  }
  const tinyxml2::XMLElement* storage = document.FirstChildElement("opencv_storage");
  if (storage == nullptr) throw CalibrationFault("it is no file of OpenCV");
  CalibrationFields found;
  take_xml(*storage, "", found);
  return found;
}

}  // namespace

CalibrationFields calibration_fields(const std::string& text) {
  constexpr std::string_view kByteOrderMarkAndBlanks = "\xef\xbb\xbf \t\r\n";
  if (text.find('\0') != std::string::npos) throw CalibrationFault("it is no text");
  const std::size_t begin = text.find_first_not_of(kByteOrderMarkAndBlanks);
  if (begin == std::string::npos) throw CalibrationFault("it is empty");
  return text[begin] == '<' ? xml_fields(text) : yaml_fields(text);
}

}  // namespace rollingdepth
