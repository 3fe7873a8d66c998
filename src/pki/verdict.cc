#include "pki/verdict.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <optional>

namespace vinet::pki {
namespace {

using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, FreeBy<X509_STORE_CTX_free>>;

std::string text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

NamesPtr alternative_names(X509& certificate) {
  return NamesPtr(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
}

/// Of exactly one URI of ours, and a common name that says the same.
std::optional<Subject> subject_of(X509& certificate) {
  const NamesPtr names = alternative_names(certificate);
  std::optional<Subject> subject;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    if (subject) return std::nullopt;
    subject = parse_uri(text_of(name->d.uniformResourceIdentifier));
    if (!subject) return std::nullopt;
  }
  const X509_NAME* common = X509_get_subject_name(&certificate);
  const int at = X509_NAME_get_index_by_NID(common, NID_commonName, -1);
  if (!subject || at < 0) return std::nullopt;
  const std::string name = text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(common, at)));
  return name == subject->name ? subject : std::nullopt;
}

/// What a stranger writes into a certificate goes into logs: only plain letters, and not many.
std::string printable(std::string text) {
  constexpr size_t kMost = 64;
  if (text.size() > kMost) text.resize(kMost);
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

std::string describe(X509& shown) {
  const std::string serial = printable(serial_text(*X509_get0_serialNumber(&shown)));
  if (const auto subject = subject_of(shown)) {
    return fmt::format("{} (serial {})", to_string(*subject), serial);
  }
  char text[256] = "";
  X509_NAME_oneline(X509_get_subject_name(&shown), text, sizeof text);
  return fmt::format("'{}' (serial {})", printable(text), serial);
}

std::string reason_of(int error, X509& at, bool is_authority) {
  const std::string it = is_authority ? "its authority" : "it";
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} expired on {}", it, date_text(seconds_of(X509_get0_notAfter(&at))));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is not valid before {}", it,
                         date_text(seconds_of(X509_get0_notBefore(&at))));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "it was issued by another authority";
    case X509_V_ERR_INVALID_PURPOSE:
      return "it is not for this use";
    default:
      return X509_verify_cert_error_string(error);
  }
}

}  // namespace

Verdict judge(X509& shown, X509& authority, X509_CRL* revoked, Purpose purpose) {
  Verdict verdict;
  verdict.shown = describe(shown);
  verdict.until = seconds_of(X509_get0_notAfter(&shown));
  const StorePtr store(X509_STORE_new());
  const StoreContextPtr context(X509_STORE_CTX_new());
  if (!store || !context || X509_STORE_add_cert(store.get(), &authority) != 1 ||
      X509_STORE_CTX_init(context.get(), store.get(), &shown, nullptr) != 1 ||
      X509_STORE_CTX_set_purpose(context.get(), purpose == Purpose::kServer
                                                    ? X509_PURPOSE_SSL_SERVER
                                                    : X509_PURPOSE_SSL_CLIENT) != 1) {
    verdict.refused = "it cannot be looked at: " + openssl_reason();
    return verdict;
  }
  if (X509_verify_cert(context.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(context.get());
    X509* at = X509_STORE_CTX_get_current_cert(context.get());
    const bool above = X509_STORE_CTX_get_error_depth(context.get()) > 0;
    verdict.refused = reason_of(error, at != nullptr ? *at : shown, above);
    (void)openssl_reason();
    return verdict;
  }
  const std::optional<Subject> subject = subject_of(shown);
  if (!subject) {
    verdict.refused = "it names nobody (vinet:ROLE:NAME)";
    return verdict;
  }
  if (purpose == Purpose::kServer && subject->role != Role::kMachine) {
    verdict.refused = "it is no machine's";
    return verdict;
  }
  X509_REVOKED* entry = nullptr;
  if (revoked != nullptr && X509_CRL_get0_by_cert(revoked, &entry, &shown) == 1) {
    verdict.refused = fmt::format("it was revoked on {}",
                                  date_text(seconds_of(X509_REVOKED_get0_revocationDate(entry))));
    return verdict;
  }
  verdict.subject = *subject;
  return verdict;
}

bool fits_address(X509& shown, const std::string& host) {
  const NamesPtr names = alternative_names(shown);
  bool has_address = false;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const int type = sk_GENERAL_NAME_value(names.get(), i)->type;
    has_address = has_address || type == GEN_DNS || type == GEN_IPADD;
  }
  return !has_address || X509_check_ip_asc(&shown, host.c_str(), 0) == 1 ||
         X509_check_host(&shown, host.data(), host.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                         nullptr) == 1;
}

}  // namespace vinet::pki
