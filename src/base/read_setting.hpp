#pragma once

#include <string>

#include "base/json_reader.hpp"
#include "rollingdepth/error.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// One value of settings that are given by name. @throws Error(kUsage) naming it.
template <class Value>
void read_setting(const std::string& name, const Settings& value, Value& field) {
  try {
    field = json_value<Value>(value);
    return;
  } catch (const Settings::exception&) {
  } catch (const JsonError&) {
  }
  throw Error(ErrorKind::kUsage, "setting '" + name + "' does not take " + value.dump());
}

}  // namespace rollingdepth
