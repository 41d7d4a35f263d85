#pragma once

#include <exception>
#include <string>

namespace rollingdepth {

/// What a failed call says of memory.
enum class OutOfMemory {
  kNo,       ///< Something else is wrong.
  kPerhaps,  ///< Memory was not enough, or no kernel is there for this GPU.
  kYes,
};

/// Judges an exception of LibTorch, and what is nested in it, by all of their text: there are no
/// types for it.
OutOfMemory out_of_memory(const std::exception& error);

/// The first words of the message where a call of the smallest size fails, such as "out of memory
/// on cuda:0".
/// @param device        as `--device` takes it.
/// @param architecture  such as "sm_61"; empty where it is not known.
/// REQUIRES: `verdict` is not kNo.
std::string out_of_memory_text(OutOfMemory verdict, const std::string& device,
                               const std::string& architecture);

}  // namespace rollingdepth
