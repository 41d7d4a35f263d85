#pragma once

#include <cstddef>
#include <functional>

namespace rollingdepth {

/// Calls `work(begin, end)` for ranges that make up [0, count), on as many threads as LibTorch
/// uses; on the caller's alone where `samples` in all are too few to share. (at::parallel_for is
/// serial in code that is not compiled for OpenMP.) Rethrows what `work` threw.
void share_work(std::size_t count, std::size_t samples,
                const std::function<void(std::size_t begin, std::size_t end)>& work);

}  // namespace rollingdepth
