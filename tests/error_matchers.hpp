#pragma once

#include <gmock/gmock.h>

#include <string>

#include "rollingdepth/error.hpp"

namespace rollingdepth::testing {

/// What `action` throws: the whole chain of messages. Fails where it is not an Error of `kind`.
template <class Action>
std::string message_of(ErrorKind kind, Action&& action) {
  try {
    action();
  } catch (const std::exception& error) {
    EXPECT_EQ(kind_of(error), kind) << describe(error);
    return describe(error);
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

}  // namespace rollingdepth::testing
