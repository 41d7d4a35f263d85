#include "jobs/claims.hpp"

#include <gmock/gmock.h>

#include "error_matchers.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::TemporaryFolder;

// As if nobody had touched it for so long.
void age(const fs::path& file, std::chrono::seconds seconds) {
  fs::last_write_time(file, fs::file_time_type::clock::now() - seconds);
}

TEST(Claims, BelongToTheFirst) {
  const TemporaryFolder folder;
  Claims one(folder.path(), "one"), other(folder.path(), "other");
  EXPECT_TRUE(one.take(4));
  EXPECT_FALSE(other.take(4));
  EXPECT_TRUE(other.take(5));
  EXPECT_THAT(folder.names(), ElementsAre("part-4.claim", "part-5.claim"));
}

TEST(Claims, AreGivenBackForTheNextAndInTheEnd) {
  const TemporaryFolder folder;
  {
    Claims claims(folder.path(), "one");
    EXPECT_TRUE(claims.take(1));
    EXPECT_TRUE(claims.take(2));
    EXPECT_THAT(folder.names(), ElementsAre("part-2.claim"));
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(Claims, GoToAnotherWhereNobodyTouchesThem) {
  const TemporaryFolder folder;
  Claims dead(folder.path(), "dead"), other(folder.path(), "other");
  EXPECT_TRUE(dead.take(0));
  age(folder / "part-0.claim", std::chrono::minutes(9));
  EXPECT_FALSE(other.take(0));
  age(folder / "part-0.claim", std::chrono::minutes(11));
  EXPECT_TRUE(other.take(0));
  EXPECT_THAT(folder.names(), ElementsAre("part-0.claim"));
}

TEST(Claims, StayWhereTheyAreTouched) {
  const TemporaryFolder folder;
  Claims slow(folder.path(), "slow"), other(folder.path(), "other");
  EXPECT_TRUE(slow.take(0));
  age(folder / "part-0.claim", std::chrono::minutes(11));
  slow.touch();
  EXPECT_FALSE(other.take(0));
}

// Such as one that was set back since.
TEST(Claims, StayWhereTheClockOfTheDiskIsAhead) {
  const TemporaryFolder folder;
  Claims one(folder.path(), "one"), other(folder.path(), "other");
  EXPECT_TRUE(one.take(0));
  age(folder / "part-0.claim", -std::chrono::hours(48));
  EXPECT_FALSE(other.take(0));
  EXPECT_TRUE(other.take(1));
}

// Taken over meanwhile, and maybe back: it is another one's.
TEST(Claims, AreGivenBackByWhoHoldsThem) {
  const TemporaryFolder folder;
  Claims slow(folder.path(), "slow"), other(folder.path(), "other");
  EXPECT_TRUE(slow.take(0));
  age(folder / "part-0.claim", std::chrono::minutes(11));
  EXPECT_TRUE(other.take(0));
  slow.give_back();
  EXPECT_THAT(folder.names(), ElementsAre("part-0.claim"));
  other.give_back();
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(Claims, GoAllAtOnce) {
  const TemporaryFolder folder;
  Claims one(folder.path(), "one"), other(folder.path(), "other");
  one.take(0);
  other.take(1);
  Claims::remove_all(folder.path());
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(Claims, SayWhereTheyCannotBeMade) {
  EXPECT_THAT(message_of(ErrorKind::kOutput, [] { Claims("/nowhere", "one").take(0); }),
              HasSubstr("cannot write /nowhere/part-0.claim"));
}

}  // namespace
}  // namespace rollingdepth
