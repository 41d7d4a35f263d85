#include "jobs/shard.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "error_matchers.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Not;

using Variables = std::map<std::string, std::string>;

EnvironmentLookup lookup(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

Shard detect(const Variables& variables, std::optional<std::int64_t> shards = std::nullopt) {
  return detect_shard(lookup(variables), shards);
}

std::string refusal(const Variables& variables, std::optional<std::int64_t> shards = std::nullopt) {
  return message_of(ErrorKind::kUsage, [&] { detect(variables, shards); });
}

/// "3/8 (source)", counted from 1 as --shard is.
std::string shown(const Shard& shard) {
  return std::to_string(shard.index + 1) + '/' + std::to_string(shard.count) + " (" + shard.source +
         ')';
}

Variables slurm(const std::string& id, const std::string& first, const std::string& last,
                const std::string& step, const std::string& count) {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", first},
          {"SLURM_ARRAY_TASK_MAX", last},
          {"SLURM_ARRAY_TASK_STEP", step},
          {"SLURM_ARRAY_TASK_COUNT", count}};
}

TEST(Shard, IsReadCountedFromOne) {
  EXPECT_EQ(shown(parse_shard("3/8")), "3/8 (--shard)");
  EXPECT_EQ(parse_shard("1/1").index, 0);
  EXPECT_EQ(parse_shard("8/8").index, 7);
  EXPECT_EQ(parse_shard("10000000/10000000").count, kMostShards);
}

TEST(Shard, RefusesWhatIsNoPartAndNamesIt) {
  for (const char* text : {"",
                           "3",
                           "/",
                           "3/",
                           "/8",
                           "a/8",
                           "3/b",
                           " 3/8",
                           "3/8 ",
                           "3 / 8",
                           "+3/8",
                           "-3/8",
                           "3/-8",
                           "3/8/2",
                           "3.0/8",
                           "0x3/8",
                           "0/8",
                           "9/8",
                           "1/0",
                           "0/0",
                           "1/10000001",
                           "1/99999999999999999999",
                           "99999999999999999999/8",
                           "AUTO"}) {
    EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { parse_shard(text); }),
                HasSubstr("--shard: '" + std::string(text) + "' "));
  }
  EXPECT_EQ(message_of(ErrorKind::kUsage, [] { parse_shard("0/8"); }),
            "--shard: '0/8' is none of the parts 1 to 8: they count from 1");
  EXPECT_THAT(message_of(ErrorKind::kUsage, [] { parse_shard("3\n/8"); }), HasSubstr("'3\\n/8'"));
}

TEST(Shard, IsATaskOfSlurm) {
  EXPECT_EQ(shown(detect(slurm("3", "1", "8", "1", "8"))), "3/8 (Slurm array task 3 of 1-8)");
  EXPECT_EQ(shown(detect(slurm("0", "0", "7", "1", "8"))), "1/8 (Slurm array task 0 of 0-7)");
  EXPECT_EQ(shown(detect(slurm("7", "1", "10", "3", "4"))), "3/4 (Slurm array task 7 of 1-10)");
  EXPECT_EQ(shown(detect(slurm("3", "1", "8", "1", "8"), 8)), "3/8 (Slurm array task 3 of 1-8)");
  EXPECT_EQ(shown(detect({{"SLURM_ARRAY_TASK_ID", "3"}}, 8)), "3/8 (Slurm array task 3 of 1-8)");
}

// A task of --array=1,2,5 is told "1 to 5, 3 tasks".
TEST(Shard, RefusesUnevenNumbersOfSlurm) {
  EXPECT_EQ(refusal(slurm("2", "1", "5", "1", "3")),
            "--shard auto: the array's tasks are not numbered evenly: 3 from 1 to 5; --shard I/N "
            "says which part of how many, such as --shard 3/8");
  EXPECT_THAT(refusal(slurm("1", "1", "0", "1", "1")), HasSubstr("not numbered evenly"));
}

TEST(Shard, IsATaskOfGridEngine) {
  const Variables task = {{"SGE_TASK_ID", "5"},
                          {"SGE_TASK_FIRST", "1"},
                          {"SGE_TASK_LAST", "10"},
                          {"SGE_TASK_STEPSIZE", "4"}};
  EXPECT_EQ(shown(detect(task)), "2/3 (Grid Engine array task 5 of 1-9)");
  EXPECT_THAT(refusal({{"SGE_TASK_ID", "undefined"}}), HasSubstr("no task of a scheduler's array"));
}

TEST(Shard, IsATaskOfLsf) {
  EXPECT_EQ(shown(detect({{"LSB_JOBINDEX", "3"}, {"LSB_JOBINDEX_END", "8"}})),
            "3/8 (LSF array task 3 of 1-8)");
  EXPECT_EQ(
      shown(detect({{"LSB_JOBINDEX", "5"}, {"LSB_JOBINDEX_END", "7"}, {"LSB_JOBINDEX_STEP", "2"}})),
      "3/4 (LSF array task 5 of 1-7)");
  EXPECT_THAT(refusal({{"LSB_JOBINDEX", "0"}, {"LSB_JOBINDEX_END", "0"}}),
              HasSubstr("no task of a scheduler's array"));
}

TEST(Shard, IsATaskOfThoseThatCountFromZeroAndSayHowMany) {
  EXPECT_EQ(shown(detect({{"AWS_BATCH_JOB_ARRAY_INDEX", "0"}, {"AWS_BATCH_JOB_ARRAY_SIZE", "4"}})),
            "1/4 (AWS Batch array task 0 of 0-3)");
  EXPECT_EQ(shown(detect({{"BATCH_TASK_INDEX", "3"}, {"BATCH_TASK_COUNT", "4"}})),
            "4/4 (Google Batch task 3 of 0-3)");
  EXPECT_EQ(shown(detect({{"CLOUD_RUN_TASK_INDEX", "1"}, {"CLOUD_RUN_TASK_COUNT", "2"}})),
            "2/2 (Cloud Run task 1 of 0-1)");
}

TEST(Shard, NeedsTheNumberOfTasksWhereNoVariableSaysIt) {
  EXPECT_EQ(refusal({{"PBS_ARRAY_INDEX", "3"}}),
            "--shard auto: PBS_ARRAY_INDEX is set, but nothing says how many tasks there are: add "
            "--shards N");
  EXPECT_EQ(shown(detect({{"PBS_ARRAY_INDEX", "3"}}, 8)), "3/8 (PBS array task 3 of 1-8)");
  EXPECT_EQ(shown(detect({{"PBS_ARRAYID", "8"}}, 8)), "8/8 (Torque array task 8 of 1-8)");
  EXPECT_EQ(shown(detect({{"JOB_COMPLETION_INDEX", "0"}}, 8)),
            "1/8 (Kubernetes job index 0 of 0-7)");
  EXPECT_EQ(shown(detect({{"HQ_TASK_ID", "1"}}, 8)), "1/8 (HyperQueue task 1 of 1-8)");
  EXPECT_EQ(shown(detect({{"PARALLEL_SEQ", "2"}}, 8)), "2/8 (GNU parallel job 2 of 1-8)");
}

TEST(Shard, RefusesANumberOutsideTheArray) {
  EXPECT_EQ(refusal({{"PBS_ARRAY_INDEX", "0"}}, 8),
            "--shard auto: PBS_ARRAY_INDEX is 0, none of the tasks 1-8: number the array so, or "
            "give --shard I/N");
  EXPECT_THAT(refusal({{"JOB_COMPLETION_INDEX", "8"}}, 8),
              HasSubstr("is 8, none of the tasks 0-7"));
  EXPECT_THAT(refusal(slurm("4", "1", "7", "2", "4")), HasSubstr("is 4, none of the tasks 1-7:2"));
}

TEST(Shard, RefusesAnotherNumberOfShardsThanTheArrayHas) {
  EXPECT_EQ(refusal(slurm("3", "1", "8", "1", "8"), 4),
            "--shard auto: --shards 4, but the array that SLURM_ARRAY_TASK_ID belongs to has 8 "
            "tasks: leave --shards out, or give --shard I/4 instead of auto");
  EXPECT_THAT(refusal({{"PARALLEL_SEQ", "2"}}, 0), HasSubstr("--shards: 0 is too small"));
  EXPECT_THAT(refusal({{"PARALLEL_SEQ", "2"}}, kMostShards + 1), HasSubstr("is too large"));
}

TEST(Shard, RefusesVariablesThatHoldNoNumber) {
  for (const char* text : {"three", "-1", "1 ", "1e3", "99999999999999999999", "4294967296"}) {
    EXPECT_THAT(refusal({{"PARALLEL_SEQ", text}}, 8),
                HasSubstr("PARALLEL_SEQ is '" + std::string(text) + "', no task's number"));
  }
  EXPECT_THAT(refusal({{"BATCH_TASK_INDEX", "0"}, {"BATCH_TASK_COUNT", "many"}}),
              HasSubstr("BATCH_TASK_COUNT is 'many'"));
  EXPECT_THAT(refusal({{"BATCH_TASK_INDEX", "0"}, {"BATCH_TASK_COUNT", "0"}}),
              HasSubstr("an array of 0 tasks"));
}

TEST(Shard, NamesWhatWasLookedForWhereThereIsNone) {
  const std::string message = refusal({{"SLURM_ARRAY_TASK_ID", ""}, {"HOME", "/root"}}, 8);
  for (const std::string& name : shard_variables()) EXPECT_THAT(message, HasSubstr(' ' + name));
  EXPECT_THAT(message, AllOf(HasSubstr("--shard I/N"), Not(HasSubstr("\n"))));
}

// Inside a task of an array everything inherits its variables.
TEST(Shard, RefusesTwoLaunchersAtOnceAndNamesBoth) {
  Variables both = slurm("3", "1", "8", "1", "8");
  both["PARALLEL_SEQ"] = "2";
  EXPECT_THAT(refusal(both), HasSubstr("both SLURM_ARRAY_TASK_ID and PARALLEL_SEQ are set"));
  EXPECT_THAT(refusal(both, 4), HasSubstr("--shard I/N"));
  both["SGE_TASK_ID"] = "undefined";
  both.erase("PARALLEL_SEQ");
  EXPECT_EQ(detect(both).index, 2);
}

TEST(Shard, IsDetectedInTheEnvironmentOfTheProcess) {
  const char* const kName = "ROLLINGDEPTH_SHARD_TEST";
  EXPECT_EQ(process_environment(kName), std::nullopt);
  setenv(kName, "3", 1);
  EXPECT_EQ(process_environment(kName), "3");
  unsetenv(kName);
}

}  // namespace
}  // namespace rollingdepth
