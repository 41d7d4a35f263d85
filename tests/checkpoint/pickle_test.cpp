#include "checkpoint/pickle.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "../error_matchers.hpp"
#include "pickle_code.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using testing::global_code;
using ::testing::HasSubstr;
using testing::joined;
using testing::kOrderedDictCode;
using testing::message_of;
using testing::number_code;
using testing::pickle_of;
using testing::storage_code;
using testing::tensor_code;
using testing::text_code;
using testing::tuple_code;

const std::string kTensor = tensor_code(storage_code(6), 0, {2, 3}, {3, 1});

std::string refusal(const std::string& pickle) {
  return message_of(ErrorKind::kModel, [&] { (void)read_pickled_tensors(pickle); });
}

TEST(Pickle, GivesViewsOfStorages) {
  const auto tensors = read_pickled_tensors(pickle_of(
      {{"a", kTensor}, {"b.c", tensor_code(storage_code(9, "HalfStorage", "k"), 1, {4}, {2})}}));
  ASSERT_EQ(tensors.size(), 2U);
  const PickledTensor& half = tensors.at("b.c");
  EXPECT_EQ(half.storage, "k");
  EXPECT_EQ(half.dtype, at::kHalf);
  EXPECT_EQ(half.storage_numbers, 9);
  EXPECT_EQ(half.offset, 1);
  EXPECT_THAT(half.shape, ElementsAre(4));
  EXPECT_THAT(half.strides, ElementsAre(2));
  EXPECT_EQ(tensors.at("a").dtype, at::kFloat);
  EXPECT_THAT(tensors.at("a").shape, ElementsAre(2, 3));
}

TEST(Pickle, KnowsStateDictsWithWhatIsNotedOfTheirModules) {
  const std::string noted = joined({"}", text_code("_metadata"), kOrderedDictCode, "s"});
  const auto tensors = read_pickled_tensors(
      joined({"\x80\x02", kOrderedDictCode, "q\1(", text_code("w"), kTensor, "u", noted, "b."}));
  EXPECT_EQ(tensors.size(), 1U);
  EXPECT_THAT(refusal(joined({"\x80\x02}", noted, "b."})), HasSubstr("something else"));
}

TEST(Pickle, KnowsParameters) {
  const std::string parameter = joined({global_code("torch._utils", "_rebuild_parameter"),
                                        tuple_code({kTensor, "\x88", kOrderedDictCode}), "R"});
  EXPECT_THAT(read_pickled_tensors(pickle_of({{"p", parameter}})).at("p").shape, ElementsAre(2, 3));
}

// One storage for two tensors, the second from the memo; shapes are lists.
TEST(Pickle, KnowsTheInstructionsOfProtocolFour) {
  const std::string by_name = "\x8c\x0ctorch._utils\x8c\x12_rebuild_tensor_v2\x93";
  const std::string facts = joined({"](K\2e](K\1e\x89", kOrderedDictCode, "tR"});
  const auto tensors = read_pickled_tensors(
      joined({"\x80\x04\x95", std::string(8, '\0'), "}(", text_code("a"), by_name, "(",
              storage_code(4), "\x94K", std::string(1, '\0'), facts, text_code("b"), by_name, "(h",
              std::string(1, '\0'), "K\2", facts, "u."}));
  EXPECT_EQ(tensors.at("a").offset, 0);
  EXPECT_EQ(tensors.at("b").offset, 2);
  EXPECT_EQ(tensors.at("b").storage, "0");
}

TEST(Pickle, RefusesWhatWouldRunCode) {
  const std::string system =
      joined({"\x80\x02", global_code("os", "system"), "(", text_code("true"), "tR."});
  EXPECT_EQ(refusal(system),
            "not a checkpoint of plain tensors; it asks for the code os.system to be run, which is "
            "not done");
  EXPECT_THAT(refusal("\x80\x04\x8c\2os\x8c\6system\x93."), HasSubstr("os.system"));
  EXPECT_THAT(refusal("\x80\x02(ios\nsystem\n."), HasSubstr("os.system"));
  EXPECT_THAT(refusal("\x80\x02(o."), HasSubstr("to be run"));
  EXPECT_THAT(refusal("\x80\x02)\x81."), HasSubstr("to be run"));
  EXPECT_THAT(refusal("\x80\x02\x82\1."), HasSubstr("to be run"));
  EXPECT_THAT(refusal(pickle_of({{"a", joined({global_code("torch", "load"), ")R"})}})),
              HasSubstr("torch.load"));
}

TEST(Pickle, RefusesWhatIsNoDictOfNamedTensors) {
  for (const std::string& code :
       {std::string("\x80\x02N."), std::string("\x80\x02}."), joined({"\x80\x02", kTensor, "."}),
        pickle_of({{"state_dict", "}"}}), pickle_of({{"a", kTensor}, {"epoch", "K\3"}}),
        joined({"\x80\x02}(K\1", kTensor, "u."})}) {
    EXPECT_EQ(refusal(code), "holds something else than named tensors");
  }
  EXPECT_THAT(refusal(pickle_of({{"a", kTensor}, {"a", kTensor}})), HasSubstr("weight a twice"));
}

TEST(Pickle, KeepsToTheStorage) {
  constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
  const std::string storage = storage_code(6);
  for (const std::string& tensor :
       {tensor_code(storage, 1, {2, 3}, {3, 1}), tensor_code(storage, -1, {2}, {1}),
        tensor_code(storage, 7, {0}, {1}), tensor_code(storage, 0, {2}, {kHuge}),
        tensor_code(storage, 2, {3}, {-1}), tensor_code(storage, 0, {-2}, {1}),
        tensor_code(storage, 5, {2, 2}, {kHuge, kHuge}), tensor_code(storage, 0, {2, 3}, {1}),
        tensor_code(storage, 0, {kHuge, kHuge}, {0, 0}),
        tensor_code(storage, 0, {0, kHuge, kHuge}, {1, 1, 1})}) {
    EXPECT_THAT(refusal(pickle_of({{"a", tensor}})), HasSubstr("does not lie within its storage"));
  }
  EXPECT_THAT(refusal(pickle_of({{"a", tensor_code(storage, 0, {1000, 1000}, {0, 0})}})),
              HasSubstr("repeats the numbers"));
  EXPECT_THAT(refusal(pickle_of({{"a", tensor_code(storage_code(-1), 0, {0}, {1})}})),
              HasSubstr("less than no numbers"));
  EXPECT_EQ(
      read_pickled_tensors(pickle_of({{"a", tensor_code(storage, 6, {0, 4}, {4, 1})}})).size(), 1U);
}

TEST(Pickle, RefusesTensorsThatAreToBeNegated) {
  const auto with = [&](const std::string& more) {
    const std::string facts =
        tuple_code({storage_code(1), number_code(0), ")", ")", "\x89", kOrderedDictCode, more});
    return pickle_of(
        {{"a", joined({global_code("torch._utils", "_rebuild_tensor_v2"), facts, "R"})}});
  };
  EXPECT_EQ(read_pickled_tensors(with("}")).size(), 1U);
  EXPECT_THAT(refusal(with(joined({"}", text_code("neg"), "\x88s"}))), HasSubstr("no plain one"));
}

TEST(Pickle, RefusesDamageOfEveryKind) {
  for (const std::string& code : {std::string(),
                                  std::string("\x80"),
                                  std::string("\x80\x09N."),
                                  std::string("."),
                                  std::string("\x80\x02t."),
                                  std::string("\x80\x02(0."),
                                  std::string("\x80\x02h\5."),
                                  std::string("\x80\x02q\5."),
                                  std::string("\x80\x02R."),
                                  std::string("\x80\x02NNR."),
                                  std::string("\x80\x02NQ."),
                                  std::string("\x80\x02)Q."),
                                  std::string("\x80\x02}Ns."),
                                  std::string("\x80\x02}(Nu."),
                                  std::string("\x80\x02Na."),
                                  std::string("\x80\x02NNe."),
                                  std::string("\x80\x02X\xff\xff\xff\xff."),
                                  joined({"\x80\x02\x8d", std::string(8, '\xff')}),
                                  joined({"\x80\x02\x8a\x09", std::string(10, '\x7f')}),
                                  std::string("\x80\x02"
                                              "cos"),
                                  std::string("\x80\x02V1\n."),
                                  std::string("\x80\x02\x86."),
                                  std::string("\x80\x02"
                                              "b."),
                                  joined({"\x80\x02", std::string(1 << 19, '}')})}) {
    EXPECT_THAT(refusal(code), HasSubstr("its list of tensors is damaged: "));
  }
  const std::string whole = pickle_of({{"a", kTensor}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
  }
}

TEST(Pickle, TakesListsThatHoldThemselves) {
  std::string deep = "\x80\x02]q\1h\1a";
  for (int i = 0; i < 100000; ++i) deep += "]";
  for (int i = 0; i < 100000; ++i) deep += "a";
  EXPECT_EQ(refusal(deep + "."), "holds something else than named tensors");
}

}  // namespace
}  // namespace rollingdepth
