// Signing: keys, requests, certificates and lists of revoked ones, as OpenSSL makes them. What they
// say is RFC 5280's; P-256 and SHA-256 throughout.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pki/openssl.h"
#include "pki/subject.h"

namespace vinet::pki {

/// From when to when, in seconds since 1970.
struct Span {
  int64_t from = 0, until = 0;
};

Result<KeyPtr> make_key();
/// Says who asks, and proves that they have the key.
Result<RequestPtr> make_request(EVP_PKEY& key, const std::string& name);

/// An authority's own certificate: signs certificates and lists, but no further authority.
Result<CertPtr> make_authority(EVP_PKEY& key, const std::string& name, const Span& span);

struct Signer {
  X509& certificate;
  EVP_PKEY& key;
};
/// For the key of `request`, whose own wishes are not looked at. `addresses`: IP addresses or host
/// names at which a machine answers. Errors: invalid_argument for a request that is not signed by
/// its own key, or whose key is weak.
Result<CertPtr> sign(const Signer& signer, X509_REQ& request, const Subject& subject,
                     const std::vector<std::string>& addresses, const Span& span);

/// `revoked`: moment by serial number.
Result<CrlPtr> sign_crl(const Signer& signer, const std::map<std::string, int64_t>& revoked,
                        uint64_t number, const Span& span);

}  // namespace vinet::pki
