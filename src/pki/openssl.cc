#include "pki/openssl.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>

namespace vinet::pki {
namespace {

BioPtr reader(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// No terminal is asked for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

template <typename Pointer, typename Read>
Result<Pointer> parse(const std::string& pem, const std::string& path, const char* what,
                      Read read) {
  const BioPtr bio = reader(pem);
  Pointer object(bio ? read(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (object) return object;
  return openssl_error(fmt::format("read {}: it holds no {}", path, what),
                       Errc::kFailedPrecondition);
}

template <typename Write>
Result<std::string> print(Write write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || write(bio.get()) != 1) return openssl_error("write PEM");
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(length));
}

}  // namespace

std::string openssl_reason() {
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "OpenSSL does not say why" : reason;
}

Error openssl_error(const std::string& attempt, Errc code) {
  return {code, attempt + ": " + openssl_reason()};
}

Result<KeyPtr> parse_key(const std::string& pem, const std::string& path) {
  return parse<KeyPtr>(pem, path, "private key", PEM_read_bio_PrivateKey);
}
Result<CertPtr> parse_certificate(const std::string& pem, const std::string& path) {
  return parse<CertPtr>(pem, path, "certificate", PEM_read_bio_X509);
}
Result<CrlPtr> parse_crl(const std::string& pem, const std::string& path) {
  return parse<CrlPtr>(pem, path, "list of revoked certificates", PEM_read_bio_X509_CRL);
}
Result<RequestPtr> parse_request(const std::string& pem, const std::string& path) {
  return parse<RequestPtr>(pem, path, "certificate request", PEM_read_bio_X509_REQ);
}

Result<std::string> pem_of(EVP_PKEY& key) {
  return print([&key](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, &key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}
Result<std::string> pem_of(X509& certificate) {
  return print([&certificate](BIO* bio) { return PEM_write_bio_X509(bio, &certificate); });
}
Result<std::string> pem_of(X509_CRL& crl) {
  return print([&crl](BIO* bio) { return PEM_write_bio_X509_CRL(bio, &crl); });
}
Result<std::string> pem_of(X509_REQ& request) {
  return print([&request](BIO* bio) { return PEM_write_bio_X509_REQ(bio, &request); });
}

std::string serial_text(const ASN1_INTEGER& serial) {
  const BigPtr number(ASN1_INTEGER_to_BN(&serial, nullptr));
  char* text = number ? BN_bn2hex(number.get()) : nullptr;
  const std::string copy = text == nullptr ? "" : text;
  OPENSSL_free(text);
  return copy;
}

int64_t seconds_of(const ASN1_TIME* time) {
  tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return ::timegm(&parts);
}

std::string date_text(int64_t seconds) {
  const time_t time = seconds;
  tm parts{};
  char text[64];
  if (::gmtime_r(&time, &parts) == nullptr) return fmt::format("{} s", seconds);
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return std::string(text, length);
}

}  // namespace vinet::pki
