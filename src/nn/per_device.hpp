#pragma once

#include <c10/core/Device.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rollingdepth/worker.hpp"

namespace rollingdepth {

/// The networks of a method, once on each device that works. `Networks` have device() and
/// take_warnings().
template <class Networks>
class PerDevice {
 public:
  void add(std::shared_ptr<Networks> networks) { loaded_.push_back(std::move(networks)); }

  /// All are alike. REQUIRES: there are some.
  [[nodiscard]] Networks& front() const { return *loaded_.front(); }

  /// Those of each worker, borrowed. REQUIRES: they are on its device.
  [[nodiscard]] std::vector<Networks*> of(const std::vector<Worker>& workers) const {
    std::vector<Networks*> networks;
    for (const Worker& worker : workers) {
      const auto there = std::find_if(loaded_.begin(), loaded_.end(), [&](const auto& loaded) {
        return loaded->device() == worker.device;
      });
      networks.push_back(there->get());
    }
    return networks;
  }

  std::vector<std::string> take_warnings() {
    std::vector<std::string> warnings;
    for (const auto& networks : loaded_) {
      for (std::string& warning : networks->take_warnings()) warnings.push_back(std::move(warning));
    }
    return warnings;
  }

 private:
  std::vector<std::shared_ptr<Networks>> loaded_;
};

}  // namespace rollingdepth
