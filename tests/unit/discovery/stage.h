// Stage: an authority, identities that it issues, and messages between them.
#pragma once

#include <gtest/gtest.h>

#include <ctime>
#include <memory>
#include <string>

#include "discovery/message.h"
#include "pki/authority.h"
#include "pki/files.h"
#include "pki/identity.h"
#include "pki/openssl.h"
#include "unit/pki/directory.h"

namespace vinet::discovery {

inline const auto kNow = static_cast<uint64_t>(std::time(nullptr));
inline const std::string kNonce(32, 'a');
inline constexpr Endpoint kDesk{{0xc0000209}, 41234};    // 192.0.2.9
inline constexpr Endpoint kDaemon{{0xc000020a}, kPort};  // 192.0.2.10
inline constexpr Endpoint kElsewhere{{0xc6336401}, 41234};

struct Stage {
  Stage() {
    EXPECT_TRUE(
        pki::Authority::init(directory / "pki", "test", static_cast<int64_t>(kNow) + 36000));
  }
  pki::Authority authority() const { return *pki::Authority::open(directory / "pki"); }

  /// Valid `from` seconds from now, `until` then.
  std::shared_ptr<pki::Identity> give(const std::string& name, pki::Role role, int64_t from = -60,
                                      int64_t until = 3600) const {
    const std::string at = directory / name;
    const std::string key = *pki::new_key();
    pki::Authority by = authority();
    EXPECT_TRUE(pki::make_directory(at, 0700));
    EXPECT_TRUE(pki::write_file(at + "/key.pem", key, 0600));
    EXPECT_TRUE(pki::write_file(at + "/ca.crt", by.certificate(), 0644));
    const auto now = static_cast<int64_t>(kNow);
    const auto certificate =
        by.issue(*pki::new_request(key, name), {{role, name}, {}, now + from, now + until});
    EXPECT_TRUE(certificate) << certificate.error().message;
    EXPECT_TRUE(pki::write_file(at + "/cert.pem", *certificate, 0644));
    EXPECT_TRUE(pki::write_file(at + "/crl.pem", *by.revocation_list(), 0644));
    return *pki::Identity::load(at);
  }

  pki::Directory directory;
};

inline std::string invitation(const pki::Identity& from, const std::string& nonce = kNonce,
                              const Endpoint& at = kDesk, uint64_t time_s = kNow) {
  return *to_text({Message::Kind::kInvitation, nonce, at, time_s}, from);
}
inline std::string answer(const pki::Identity& from, const std::string& nonce = kNonce,
                          const Endpoint& at = kDaemon) {
  return *to_text({Message::Kind::kAnswer, nonce, at, 0}, from);
}

/// `text` with the first `what` replaced.
inline std::string with(std::string text, const std::string& what, const std::string& by) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

}  // namespace vinet::discovery
