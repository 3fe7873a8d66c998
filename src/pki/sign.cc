#include "pki/sign.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/bn.h>
#include <openssl/ec.h>

namespace vinet::pki {
namespace {

constexpr long kVersion3 = 2, kCrlVersion2 = 1;
constexpr int kSerialBits = 127;  // positive, at most 20 octets (RFC 5280 4.1.2.2)
constexpr int kLeastStrength = 112;

Status add_extension(X509& certificate, X509& issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) return openssl_error("make a certificate: its extension " + value);
  const int added = X509_add_ext(&certificate, extension, -1);
  X509_EXTENSION_free(extension);
  return added == 1 ? ok() : Status(openssl_error("make a certificate"));
}

Status set_name(X509_NAME* name, const std::string& text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const int added = X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes,
                                               static_cast<int>(text.size()), -1, 0);
  return added == 1 ? ok() : Status(openssl_error("make a certificate: its name"));
}

/// All that every certificate has.
Result<CertPtr> blank(EVP_PKEY& key, const std::string& name, const Span& span) {
  CertPtr certificate(X509_new());
  const BigPtr serial(BN_new());
  if (!certificate || !serial ||
      BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1 ||
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get())) == nullptr ||
      X509_set_version(certificate.get(), kVersion3) != 1 ||
      ASN1_TIME_set(X509_getm_notBefore(certificate.get()), span.from) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate.get()), span.until) == nullptr ||
      X509_set_pubkey(certificate.get(), &key) != 1) {
    return openssl_error("make a certificate");
  }
  TRY(set_name(X509_get_subject_name(certificate.get()), name));
  return certificate;
}

std::string alternative_names(const Subject& subject, const std::vector<std::string>& addresses) {
  std::string names = "URI:" + uri_of(subject);
  for (const std::string& address : addresses) {
    unsigned char bytes[16];
    const bool is_ip = ::inet_pton(AF_INET, address.c_str(), bytes) == 1 ||
                       ::inet_pton(AF_INET6, address.c_str(), bytes) == 1;
    names += (is_ip ? ",IP:" : ",DNS:") + address;
  }
  return names;
}

Status check_address(const std::string& address) {
  const bool plain = !address.empty() && address.size() <= 253 &&
                     address.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789."
                         ":-_") == std::string::npos;
  if (plain) return ok();
  return Error{Errc::kInvalidArgument, "'" + address + "' is neither an address nor a host name"};
}

}  // namespace

Result<KeyPtr> make_key() {
  KeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return openssl_error("make a key");
  return key;
}

Result<RequestPtr> make_request(EVP_PKEY& key, const std::string& name) {
  RequestPtr request(X509_REQ_new());
  if (!request || X509_REQ_set_version(request.get(), 0) != 1 ||
      X509_REQ_set_pubkey(request.get(), &key) != 1) {
    return openssl_error("make a request");
  }
  TRY(set_name(X509_REQ_get_subject_name(request.get()), name));
  if (X509_REQ_sign(request.get(), &key, EVP_sha256()) <= 0) return openssl_error("sign a request");
  return request;
}

Result<CertPtr> make_authority(EVP_PKEY& key, const std::string& name, const Span& span) {
  ASSIGN_OR_RETURN(CertPtr certificate, blank(key, name, span));
  X509& self = *certificate;
  TRY(set_name(X509_get_issuer_name(&self), name));
  TRY(add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
  TRY(add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign"));
  TRY(add_extension(self, self, NID_subject_key_identifier, "hash"));
  if (X509_sign(&self, &key, EVP_sha256()) <= 0) return openssl_error("sign a certificate");
  return certificate;
}

Result<CertPtr> sign(const Signer& signer, X509_REQ& request, const Subject& subject,
                     const std::vector<std::string>& addresses, const Span& span) {
  EVP_PKEY* key = X509_REQ_get0_pubkey(&request);
  if (key == nullptr || X509_REQ_verify(&request, key) != 1) {
    return openssl_error("the request is not signed by its own key", Errc::kInvalidArgument);
  }
  if (EVP_PKEY_get_security_bits(key) < kLeastStrength) {
    return Error{Errc::kInvalidArgument,
                 "the key of the request is too weak: P-256 or better is needed"};
  }
  for (const std::string& address : addresses) TRY(check_address(address));
  ASSIGN_OR_RETURN(CertPtr certificate, blank(*key, subject.name, span));
  X509& one = *certificate;
  if (X509_set_issuer_name(&one, X509_get_subject_name(&signer.certificate)) != 1) {
    return openssl_error("make a certificate");
  }
  const bool machine = subject.role == Role::kMachine;
  TRY(add_extension(one, signer.certificate, NID_basic_constraints, "critical,CA:FALSE"));
  TRY(add_extension(one, signer.certificate, NID_key_usage, "critical,digitalSignature"));
  TRY(add_extension(one, signer.certificate, NID_ext_key_usage,
                    machine ? "serverAuth,clientAuth" : "clientAuth"));
  TRY(add_extension(one, signer.certificate, NID_subject_key_identifier, "hash"));
  TRY(add_extension(one, signer.certificate, NID_authority_key_identifier, "keyid:always"));
  TRY(add_extension(one, signer.certificate, NID_subject_alt_name,
                    alternative_names(subject, addresses)));
  if (X509_sign(&one, &signer.key, EVP_sha256()) <= 0) return openssl_error("sign a certificate");
  return certificate;
}

Result<CrlPtr> sign_crl(const Signer& signer, const std::map<std::string, int64_t>& revoked,
                        uint64_t number, const Span& span) {
  CrlPtr crl(X509_CRL_new());
  const TimePtr from(ASN1_TIME_set(nullptr, span.from)), until(ASN1_TIME_set(nullptr, span.until));
  const NumberPtr its_number(ASN1_INTEGER_new());
  const auto failed = [] { return openssl_error("make a list of revoked certificates"); };
  if (!crl || !from || !until || !its_number ||
      X509_CRL_set_version(crl.get(), kCrlVersion2) != 1 ||
      X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(&signer.certificate)) != 1 ||
      X509_CRL_set1_lastUpdate(crl.get(), from.get()) != 1 ||
      X509_CRL_set1_nextUpdate(crl.get(), until.get()) != 1 ||
      ASN1_INTEGER_set_uint64(its_number.get(), number) != 1 ||
      X509_CRL_add1_ext_i2d(crl.get(), NID_crl_number, its_number.get(), 0, 0) != 1) {
    return failed();
  }
  for (const auto& [text, moment] : revoked) {
    BIGNUM* parsed = nullptr;
    const int length = BN_hex2bn(&parsed, text.c_str());
    const BigPtr big(parsed);
    const NumberPtr serial(length > 0 ? BN_to_ASN1_INTEGER(big.get(), nullptr) : nullptr);
    const TimePtr when(ASN1_TIME_set(nullptr, moment));
    X509_REVOKED* entry = X509_REVOKED_new();
    const bool made = serial && when && entry != nullptr &&
                      X509_REVOKED_set_serialNumber(entry, serial.get()) == 1 &&
                      X509_REVOKED_set_revocationDate(entry, when.get()) == 1 &&
                      X509_CRL_add0_revoked(crl.get(), entry) == 1;
    if (!made) {
      X509_REVOKED_free(entry);
      return failed();
    }
  }
  if (X509_CRL_sort(crl.get()) != 1 || X509_CRL_sign(crl.get(), &signer.key, EVP_sha256()) <= 0) {
    return failed();
  }
  return crl;
}

}  // namespace vinet::pki
