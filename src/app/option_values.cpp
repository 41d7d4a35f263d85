#include "app/option_values.hpp"

#include <sstream>

#include "app/option_table.hpp"
#include "base/value_checks.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

std::vector<std::int64_t> parse_dilations(const std::vector<std::string>& words) {
  std::vector<std::int64_t> dilations;
  for (const std::string& word : words) {
    std::size_t start = 0;
    while (true) {
      const std::size_t comma = word.find(',', start);
      dilations.push_back(parse_whole_number("--dilations", word.substr(start, comma - start)));
      if (comma == std::string::npos) break;
      start = comma + 1;
    }
  }
  return dilations;
}

std::optional<int> parse_workers(const std::string& word) {
  if (word == "auto") return std::nullopt;
  const std::int64_t number = parse_whole_number("--workers", word);
  require_within("--workers", number, 1, kMaxThreads);
  return static_cast<int>(number);
}

std::vector<double> parse_real_numbers(const std::string& option, const std::string& text,
                                       std::size_t count, const std::string& meaning) {
  std::vector<double> numbers;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    numbers.push_back(parse_real_number(option, word));
  }
  if (numbers.size() == count && text.back() != ',') return numbers;
  throw Error(ErrorKind::kUsage, option + ": '" + text + "' is not " + meaning);
}

void require_png_scale(double scale) {
  if (!(scale > 0)) throw Error(ErrorKind::kUsage, "--png-scale: must be greater than 0");
}

const std::string& only_word(const std::vector<std::string>& left, const std::string& command,
                             const std::string& missing, const std::string& kind) {
  if (left.empty()) throw Error(ErrorKind::kUsage, command + ": " + missing);
  if (left.size() > 1) {
    throw Error(ErrorKind::kUsage,
                command + ": one " + kind + " at a time, not also '" + left[1] + "'");
  }
  return left.front();
}

Rational parse_frame_rate(const std::string& option, const std::string& text) {
  const auto refuse = [&]() -> Rational {
    throw Error(ErrorKind::kUsage, option + ": '" + text +
                                       "' is not a frame rate greater than 0 (such as 25, 29.97 or "
                                       "30000/1001)");
  };
  const auto digits = [](const std::string& word) {
    return !word.empty() && word.size() <= 9 &&
           word.find_first_not_of("0123456789") == std::string::npos;
  };
  Rational rate;
  if (const std::size_t slash = text.find('/'); slash != std::string::npos) {
    if (!digits(text.substr(0, slash)) || !digits(text.substr(slash + 1))) return refuse();
    rate = {std::stoll(text.substr(0, slash)), std::stoll(text.substr(slash + 1))};
  } else {
    const std::size_t point = text.find('.');
    const std::string whole = text.substr(0, point);
    const std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
    if (!digits(whole + fraction)) return refuse();
    rate.num = std::stoll(whole + fraction);
    for (std::size_t i = 0; i < fraction.size(); ++i) rate.den *= 10;
  }
  // A video cannot keep a longer step.
  constexpr std::int64_t kLongestStepSeconds = 3 * 3600;
  if (rate.num > 0 && rate.den > kLongestStepSeconds * rate.num) {
    throw Error(ErrorKind::kUsage, option + ": '" + text + "' is less than a frame in three hours");
  }
  return rate.positive() ? rate : refuse();
}

}  // namespace rollingdepth
