// What identity.cc and session.cc share: credentials as OpenSSL's contexts take them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pki/session.h"
#include "pki/verdict.h"

namespace vinet::pki {

struct Credentials {
  CertPtr authority, certificate;
  KeyPtr key;
};

using Judge = std::function<Verdict(X509& shown, Purpose purpose)>;

/// TLS 1.3, certificates on both sides, no resumption: every connection shows its certificate.
Result<std::shared_ptr<SSL_CTX>> make_context(const Credentials& credentials);

/// `purpose`: what the other side is to us. `host`: of a server.
Result<std::unique_ptr<Session>> begin_session(std::shared_ptr<SSL_CTX> context, int fd,
                                               Purpose purpose, const std::string& host,
                                               Judge judge);

}  // namespace vinet::pki
