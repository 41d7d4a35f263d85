#pragma once

#include <cstddef>
#include <memory>
#include <string>

// OpenSSL's.
struct evp_md_ctx_st;

namespace rollingdepth {

/// The SHA-256 of bytes that come in parts.
class Sha256 {
 public:
  /// @throws Error(kFailed) where OpenSSL has none.
  Sha256();
  void update(const void* bytes, std::size_t count);
  /// Lower-case; ends it.
  std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace rollingdepth
