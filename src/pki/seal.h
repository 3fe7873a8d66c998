// Seals: texts signed by the key of a certificate, for messages that no TLS carries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pki/openssl.h"

namespace vinet::pki {

/// On one line, without line ends.
std::string to_base64(std::string_view bytes);
/// Nothing for what is no base64.
std::optional<std::string> from_base64(std::string_view text);

/// A certificate's DER, as base64.
Result<std::string> certificate_text(X509& certificate);
/// ECDSA with SHA-256, as base64.
Result<std::string> sign_text(EVP_PKEY& key, std::string_view text);
bool is_signed_by(X509& certificate, std::string_view text, std::string_view signature);

}  // namespace vinet::pki
