// What the files of this room share of OpenSSL: owners of its objects, and its errors as text.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "support/result.h"

namespace vinet::pki {

template <auto kFree>
struct FreeBy {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using CertPtr = std::unique_ptr<X509, FreeBy<X509_free>>;
using CrlPtr = std::unique_ptr<X509_CRL, FreeBy<X509_CRL_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, FreeBy<X509_REQ_free>>;
using BioPtr = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;
using StorePtr = std::unique_ptr<X509_STORE, FreeBy<X509_STORE_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, FreeBy<GENERAL_NAMES_free>>;
using NumberPtr = std::unique_ptr<ASN1_INTEGER, FreeBy<ASN1_INTEGER_free>>;
using BigPtr = std::unique_ptr<BIGNUM, FreeBy<BN_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, FreeBy<ASN1_TIME_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, FreeBy<SSL_free>>;

/// What OpenSSL says went wrong, the first word of it; its queue is empty afterwards.
std::string openssl_reason();
/// `attempt: reason`
Error openssl_error(const std::string& attempt, Errc code = Errc::kInternal);

/// Reads one object of a PEM text; whatever is not that is an error with `path` in it.
Result<KeyPtr> parse_key(const std::string& pem, const std::string& path);
Result<CertPtr> parse_certificate(const std::string& pem, const std::string& path);
Result<CrlPtr> parse_crl(const std::string& pem, const std::string& path);
Result<RequestPtr> parse_request(const std::string& pem, const std::string& path);
Result<std::string> pem_of(EVP_PKEY& key);
Result<std::string> pem_of(X509& certificate);
Result<std::string> pem_of(X509_CRL& crl);
Result<std::string> pem_of(X509_REQ& request);

/// Upper-case hexadecimal, as `vinet pki ls` prints it.
std::string serial_text(const ASN1_INTEGER& serial);
/// Seconds since 1970; 0 for what cannot be one.
int64_t seconds_of(const ASN1_TIME* time);
/// `2027-11-22 04:05:06 UTC`
std::string date_text(int64_t seconds);

}  // namespace vinet::pki
