#include "live/frame_mailbox.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace rollingdepth::live {
namespace {

LiveFrame frame(std::int64_t number, bool begins_anew = false) {
  return {.rgb = {}, .captured = {}, .number = number, .begins_anew = begins_anew};
}

TEST(FrameMailbox, GivesTheNewestOfALiveSource) {
  FrameMailbox mailbox(/*drops=*/true);
  for (const std::int64_t number : {0, 1, 2}) EXPECT_TRUE(mailbox.put(frame(number)));
  EXPECT_EQ(mailbox.waiting(), 1);
  EXPECT_EQ(mailbox.take()->number, 2);
  EXPECT_EQ(mailbox.received(), 3);
  EXPECT_EQ(mailbox.dropped(), 2);
}

TEST(FrameMailbox, GivesEveryFrameOfAFile) {
  FrameMailbox mailbox(/*drops=*/false);
  std::thread capture([&] {
    for (std::int64_t number = 0; number < 50; ++number) mailbox.put(frame(number));
    mailbox.close();
  });
  for (std::int64_t number = 0; number < 50; ++number) EXPECT_EQ(mailbox.take()->number, number);
  EXPECT_FALSE(mailbox.take());
  capture.join();
  EXPECT_EQ(mailbox.dropped(), 0);
}

// The frame that is taken does not follow those before either.
TEST(FrameMailbox, KeepsABeginningWhoseFrameIsDropped) {
  FrameMailbox mailbox(/*drops=*/true);
  mailbox.put(frame(0, /*begins_anew=*/true));
  mailbox.put(frame(1));
  EXPECT_TRUE(mailbox.take()->begins_anew);
  mailbox.put(frame(2));
  EXPECT_FALSE(mailbox.take()->begins_anew);
}

TEST(FrameMailbox, GivesWhatWaitsBeforeItThrows) {
  FrameMailbox mailbox(/*drops=*/false);
  mailbox.put(frame(0));
  mailbox.close(std::make_exception_ptr(std::runtime_error("lost")));
  EXPECT_EQ(mailbox.take()->number, 0);
  EXPECT_THROW(mailbox.take(), std::runtime_error);
}

TEST(FrameMailbox, StopsWhoWaits) {
  FrameMailbox mailbox(/*drops=*/false);
  mailbox.put(frame(0));
  mailbox.put(frame(1));
  std::thread capture([&] { EXPECT_FALSE(mailbox.put(frame(2))); });  // It is full.
  mailbox.stop();
  capture.join();
  EXPECT_FALSE(mailbox.take());
  EXPECT_FALSE(mailbox.put(frame(3)));
}

}  // namespace
}  // namespace rollingdepth::live
