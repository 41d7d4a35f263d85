#include "rollingdepth/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

namespace rollingdepth {
namespace {

template <class Work>
std::string described(ErrorKind kind, const std::string& doing, Work&& work) {
  try {
    with_context(kind, doing, work);
  } catch (const std::exception& error) {
    return describe(error);
  }
  return "";
}

TEST(Error, PrintsTheChainJoinedByColons) {
  EXPECT_EQ(described(ErrorKind::kInput, "cannot decode clip.mp4",
                      [] { throw std::runtime_error("No such file or directory"); }),
            "cannot decode clip.mp4: No such file or directory");
}

TEST(Error, CutsMessagesOfSeveralLinesToTheFirst) {
  EXPECT_EQ(described(ErrorKind::kFailed, "cannot run",
                      [] { throw std::runtime_error("bad shape\nException raised from ...\n"); }),
            "cannot run: bad shape");
}

// As LibTorch builds them: a trace of the program, what was raised in it at the end.
std::string trace_with(const std::string& raised) {
  return "The following operation failed in the TorchScript interpreter.\n"
         "Traceback of TorchScript, serialized code (most recent call last):\n"
         "  File \"code/__torch__/decoder.py\", line 7, in forward\n"
         "    raise ValueError: not this one\n"
         "    ~~~~~~~~~~~~~~~~ <--- HERE\n" +
         raised + "\n";
}

std::string told(const std::string& text) { return describe(std::runtime_error(text)); }

TEST(Error, TellsWhatATorchScriptProgramRaised) {
  EXPECT_EQ(told(trace_with("RuntimeError: the moon is full")), "RuntimeError: the moon is full");
  EXPECT_EQ(told(trace_with("builtins.ValueError: too bright")), "ValueError: too bright");
  EXPECT_EQ(told(trace_with("AssertionError: ")), "AssertionError");
  EXPECT_EQ(told(trace_with("RuntimeError: \n\nUnknown builtin op: moon::rise.\nCould not find")),
            "RuntimeError: Unknown builtin op: moon::rise.");
  EXPECT_EQ(told(trace_with("RuntimeError: CUDA error: no kernel image is available\n"
                            "CUDA kernel errors might be reported later\nFor debugging: think")),
            "RuntimeError: CUDA error: no kernel image is available");
  EXPECT_EQ(told(trace_with("RuntimeError: first\nIndexError: last")), "IndexError: last");
  EXPECT_EQ(told(trace_with("what has no name")), "what has no name");
}

TEST(Error, LooksForTheFirstLineThatSaysAnything) {
  EXPECT_EQ(told("\n\nUnknown type name 'Moon':\n  File \"code/a.py\""),
            "Unknown type name 'Moon':");
  EXPECT_EQ(told(""), "unknown error");
  EXPECT_EQ(told("\n \n"), "unknown error");
}

TEST(Error, NeverCutsOurOwnMessages) {
  EXPECT_EQ(described(ErrorKind::kInput, "cannot read a\nb.mp4",
                      [] { throw Error(ErrorKind::kInput, "c\nd"); }),
            "cannot read a\nb.mp4: c\nd");
}

TEST(Error, SaysThatMemoryIsNotEnough) {
  EXPECT_EQ(describe(std::bad_alloc()), "out of memory");
  EXPECT_EQ(describe(std::length_error("vector::_M_default_append")),
            "out of memory: more was asked for than any machine has");
  EXPECT_EQ(
      told("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate "
           "memory: you tried to allocate 9663676416 bytes. Error code 12 (Cannot allocate "
           "memory)\nframe #0"),
      "out of memory: 9.7 GB more could not be had");
}

TEST(Error, HasTheKindOfItsInnermostCause) {
  try {
    with_context(ErrorKind::kOutput, "cannot write",
                 [] { throw Error(ErrorKind::kUsage, "a wrong value"); });
    FAIL() << "nothing thrown";
  } catch (const std::exception& error) {
    EXPECT_EQ(kind_of(error), ErrorKind::kUsage);
  }
  try {
    with_context(ErrorKind::kOutput, "cannot write", [] { throw std::runtime_error("why"); });
    FAIL() << "nothing thrown";
  } catch (const std::exception& error) {
    EXPECT_EQ(kind_of(error), ErrorKind::kOutput);
  }
}

template <class Work>
Retry retry_after_work(Work&& work) {
  try {
    with_context(ErrorKind::kOutput, "cannot write", work);
  } catch (const std::exception& error) {
    return retry_of(error);
  }
  return Retry::kUnknown;
}

TEST(Error, SaysWhatTheSameCommandCanComeTo) {
  EXPECT_EQ(retry_after_work([] { throw Error(ErrorKind::kFailed, "not finite", Retry::kNever); }),
            Retry::kNever);
  EXPECT_EQ(retry_after_work([] { throw Error(ErrorKind::kOutput, "full", retry_after(ENOSPC)); }),
            Retry::kLater);
  EXPECT_EQ(retry_after_work([] { throw std::bad_alloc(); }), Retry::kLater);
  EXPECT_EQ(retry_after_work([] { throw Error(ErrorKind::kOutput, "no", retry_after(EACCES)); }),
            Retry::kUnknown);
  EXPECT_EQ(retry_after_work([] { throw std::runtime_error("why"); }), Retry::kUnknown);
}

TEST(Error, LetsCancellationPassUnchanged) {
  EXPECT_THROW(with_context(ErrorKind::kFailed, "stage", [] { throw Cancelled(); }), Cancelled);
}

TEST(Error, ReturnsWhatTheStageReturns) {
  EXPECT_EQ(with_context(ErrorKind::kFailed, "stage", [] { return 7; }), 7);
}

// Seen where address space or processes are limited.
TEST(Retry, CanFollowWhereNoThreadCouldBeStarted) {
  const std::system_error error(std::make_error_code(std::errc::resource_unavailable_try_again));
  EXPECT_EQ(retry_of(error), Retry::kLater);
  EXPECT_THAT(describe(error), ::testing::HasSubstr("no further thread can be started"));
}

}  // namespace
}  // namespace rollingdepth
