#include "pki/seal.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <vector>

namespace vinet::pki {
namespace {

using DigestPtr = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::vector<unsigned char> out(4 * ((bytes.size() + 2) / 3) + 1);
  const int size = EVP_EncodeBlock(out.data(), bytes_of(bytes), static_cast<int>(bytes.size()));
  return {out.begin(), out.begin() + size};
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::vector<unsigned char> out(text.size());
  const int size = EVP_DecodeBlock(out.data(), bytes_of(text), static_cast<int>(text.size()));
  if (size < 0) {
    (void)openssl_reason();
    return std::nullopt;
  }
  // The decoder counts what fills up the last group.
  const size_t filled = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  return std::string(out.begin(), out.begin() + size - static_cast<long>(filled));
}

Result<std::string> certificate_text(X509& certificate) {
  unsigned char* raw = nullptr;
  const int size = i2d_X509(&certificate, &raw);
  if (size < 0) return openssl_error("write a certificate");
  std::string text = to_base64({reinterpret_cast<char*>(raw), static_cast<size_t>(size)});
  OPENSSL_free(raw);
  return text;
}

Result<std::string> sign_text(EVP_PKEY& key, std::string_view text) {
  const DigestPtr context(EVP_MD_CTX_new());
  size_t size = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, &key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()) != 1) {
    return openssl_error("sign a message");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes_of(text), text.size()) != 1) {
    return openssl_error("sign a message");
  }
  signature.resize(size);
  return to_base64(signature);
}

bool is_signed_by(X509& certificate, std::string_view text, std::string_view signature) {
  const std::optional<std::string> raw = from_base64(signature);
  const DigestPtr context(EVP_MD_CTX_new());
  if (!raw || !context) return false;
  const bool good = EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                                         X509_get0_pubkey(&certificate)) == 1 &&
                    EVP_DigestVerify(context.get(), bytes_of(*raw), raw->size(), bytes_of(text),
                                     text.size()) == 1;
  if (!good) (void)openssl_reason();
  return good;
}

}  // namespace vinet::pki
