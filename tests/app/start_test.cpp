// How the executable starts: what it tells the OpenMP runtime, and what it says without its
// library.
#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <optional>

#include "app/run/stopped_run.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines_of;
using testing::Program;
using testing::run_program;
using testing::small_run;
using ::testing::StartsWith;
using testing::TemporaryFolder;

// The variables that say how threads wait, unset, and as they were afterwards.
class ThreadWaiting : public ::testing::Test {
 protected:
  ThreadWaiting() {
    for (const char* const name : {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"}) {
      const char* const value = std::getenv(name);
      before_[name] = value ? std::optional<std::string>(value) : std::nullopt;
      unsetenv(name);
    }
    setenv("OMP_DISPLAY_ENV", "verbose", 1);
  }
  ~ThreadWaiting() override {
    unsetenv("OMP_DISPLAY_ENV");
    for (const auto& [name, value] : before_) {
      unsetenv(name.c_str());
      if (value) setenv(name.c_str(), value->c_str(), 1);
    }
  }

  // What the OpenMP runtime says that it has taken.
  [[nodiscard]] std::string settings() const {
    return run_program(folder_.path(), {"--version"}).err;
  }

 private:
  TemporaryFolder folder_;
  std::map<std::string, std::optional<std::string>> before_;
};

// libgomp calls a policy that was not set passive too, but then spins 300,000 times.
TEST_F(ThreadWaiting, IsSleepAfterAMomentByDefault) {
  EXPECT_THAT(settings(), AllOf(HasSubstr("OMP_WAIT_POLICY = 'PASSIVE'"),
                                HasSubstr("GOMP_SPINCOUNT = '1000'")));
}

TEST_F(ThreadWaiting, IsSleepAtOnceWhereTheUserAsksForIt) {
  setenv("OMP_WAIT_POLICY", "passive", 1);
  EXPECT_THAT(settings(), HasSubstr("GOMP_SPINCOUNT = '0'"));
}

TEST_F(ThreadWaiting, IsWhatTheUserAsksFor) {
  setenv("OMP_WAIT_POLICY", "active", 1);
  EXPECT_THAT(settings(), HasSubstr("OMP_WAIT_POLICY = 'ACTIVE'"));
}

TEST_F(ThreadWaiting, IsAsLongAsTheUserAsksFor) {
  setenv("GOMP_SPINCOUNT", "12345", 1);
  EXPECT_THAT(settings(), HasSubstr("GOMP_SPINCOUNT = '12345'"));
}

// The variable of another runtime is a sign that the user has thought of it.
TEST_F(ThreadWaiting, IsLeftToTheRuntimeWhereTheUserSpeaksToAnotherOne) {
  setenv("KMP_BLOCKTIME", "0", 1);
  EXPECT_THAT(settings(), HasSubstr("GOMP_SPINCOUNT = '300000'"));
}

TEST(Start, SaysThatItsLibraryIsMissing) {
  const TemporaryFolder folder;
  fs::copy_file(ROLLINGDEPTH_PROGRAM, folder / "alone");
  Program program(folder.path(), folder / "alone", {"--version"});
  EXPECT_EQ(program.wait(), 1);
  EXPECT_THAT(program.out(), IsEmpty());
  EXPECT_THAT(lines_of(program.err()),
              ElementsAre(AllOf(StartsWith("rollingdepth: error: cannot open the program: "),
                                HasSubstr("rollingdepth_program"))));
}

// The first files that are opened would get their numbers, and what is said would go into those.
TEST(Start, OpensStandardDescriptorsThatAreClosed) {
  std::string command = "exec '" ROLLINGDEPTH_PROGRAM "'";
  for (const std::string& word : small_run({"-i", testing::case_clip("fast")})) {
    command += " '" + word + "'";
  }
  for (const char* closed : {"<&- >&- 2>&-", ">&- 2>&-", ">&-", "2>&-"}) {
    const TemporaryFolder folder, usual;
    Program program(folder.path(), "/bin/sh", {"-c", command + " " + closed});
    EXPECT_EQ(program.wait(), 0) << closed << program.err();
    ASSERT_EQ(Program(usual.path(), "/bin/sh", {"-c", command}).wait(), 0);
    EXPECT_EQ(testing::outputs_in(folder.path()), testing::outputs_in(usual.path())) << closed;
  }
}

TEST(Start, IsTheSameThroughALink) {
  const TemporaryFolder folder;
  fs::create_symlink(ROLLINGDEPTH_PROGRAM, folder / "link");
  Program program(folder.path(), folder / "link", {"--version"});
  EXPECT_EQ(program.wait(), 0) << program.err();
  EXPECT_THAT(program.out(), StartsWith("rollingdepth "));
}

}  // namespace
}  // namespace rollingdepth
