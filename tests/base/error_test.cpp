#include "rollingdepth/base/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <new>

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

}  // namespace
}  // namespace rollingdepth
