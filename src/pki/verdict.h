// Verdict: what is to be thought of a certificate that somebody shows.
#pragma once

#include <cstdint>
#include <string>

#include "pki/openssl.h"
#include "pki/subject.h"

namespace vinet::pki {

/// What somebody shows, and for what.
enum class Purpose {
  kCaller,  ///< calls us
  kServer,  ///< is called by us: a machine only
};

struct Verdict {
  Subject subject;      ///< of a good certificate
  std::string shown;    ///< who it says it is, good or not: `machine m1 (serial 4F...)`
  std::string refused;  ///< why it is not good: `it expired on 2026-01-01 ...`; empty: it is
  int64_t until = 0;
};

/// Against an authority and its list of revoked certificates (nullptr: none is known).
Verdict judge(X509& shown, X509& authority, X509_CRL* revoked, Purpose purpose);

/// Does a good certificate of a machine fit the address at which it answers? One without
/// addresses fits all.
bool fits_address(X509& shown, const std::string& host);

}  // namespace vinet::pki
