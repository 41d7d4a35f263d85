#include "app/holding_point.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace rollingdepth {

HoldingPoint::HoldingPoint() {
  const char* const wanted = std::getenv("ROLLINGDEPTH_HOLD_AT");
  if (wanted == nullptr) return;
  const std::string_view text = wanted;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return;
  stage_ = text.substr(0, colon);
  done_ = std::atoll(wanted + colon + 1);
}

void HoldingPoint::pass(std::string_view stage, std::int64_t done,
                        const std::function<bool()>& stopped) const {
  if (stage_.empty() || stage != stage_ || done < done_) return;
  std::fprintf(stderr, "holding at %s:%lld\n", stage_.c_str(), static_cast<long long>(done_));
  while (!stopped()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace rollingdepth
