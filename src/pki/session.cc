#include "pki/session.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "pki/tls.h"

namespace vinet::pki {
namespace {

constexpr unsigned char kProtocols[] = {2, 'h', '2'};

class TlsSession final : public Session {
 public:
  TlsSession(std::shared_ptr<SSL_CTX> context, Purpose purpose, std::string host, Judge judge)
      : context_(std::move(context)),
        purpose_(purpose),
        host_(std::move(host)),
        judge_(std::move(judge)) {}

  Status begin(int fd) {
    ssl_.reset(SSL_new(context_.get()));
    if (!ssl_ || SSL_set_fd(ssl_.get(), fd) != 1) return openssl_error("begin TLS");
    SSL_set_app_data(ssl_.get(), this);
    if (purpose_ == Purpose::kServer) {
      SSL_set_connect_state(ssl_.get());
      if (SSL_set_alpn_protos(ssl_.get(), kProtocols, sizeof kProtocols) != 0) {
        return openssl_error("begin TLS");
      }
    } else {
      SSL_set_accept_state(ssl_.get());
    }
    return ok();
  }

  Did handshake() override {
    ERR_clear_error();
    return outcome(SSL_do_handshake(ssl_.get()));
  }

  Did read(char* bytes, size_t most, size_t& got) override {
    ERR_clear_error();
    return outcome(SSL_read_ex(ssl_.get(), bytes, most, &got));
  }
  Did write(const char* bytes, size_t size, size_t& sent) override {
    ERR_clear_error();
    return outcome(SSL_write_ex(ssl_.get(), bytes, size, &sent));
  }
  void end() override {
    if (!failed_) SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

  const Shown& peer() const override { return peer_; }
  std::string shown_certificate() const override { return shown_; }
  const std::string& failure() const override { return failure_; }
  bool was_refused() const override { return was_refused_; }

  /// Called in the handshake, with whatever the other side shows.
  bool look_at(X509& shown) {
    Verdict verdict = judge_(shown, purpose_);
    if (verdict.refused.empty() && !host_.empty() && !fits_address(shown, host_)) {
      verdict.refused = "it is for another address than " + host_;
    }
    unsigned char* bytes = nullptr;
    if (const int length = i2d_X509(&shown, &bytes); length > 0) {
      shown_.assign(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
      OPENSSL_free(bytes);
    }
    peer_ = {std::move(verdict.subject), std::move(verdict.shown), std::move(verdict.refused),
             verdict.until};
    return peer_.refused.empty();
  }

 private:
  Did outcome(int result) {
    if (result > 0) return Did::kDone;
    const int error_number = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return Did::kWantsRead;
      case SSL_ERROR_WANT_WRITE:
        return Did::kWantsWrite;
      case SSL_ERROR_ZERO_RETURN:
        failed_ = true;
        return Did::kEnded;
      case SSL_ERROR_SYSCALL:
        failed_ = true;
        failure_ = error_number == 0 ? "the connection ended" : std::strerror(error_number);
        ERR_clear_error();
        return Did::kEnded;
      default:
        return fail();
    }
  }

  Did fail() {
    failed_ = true;
    const int reason = ERR_GET_REASON(ERR_peek_error());
    was_refused_ = reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE ||
                   reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED;
    failure_ = openssl_reason();
    if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return Did::kEnded;
    if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) failure_ = "it shows no certificate";
    return Did::kFailed;
  }

  std::shared_ptr<SSL_CTX> context_;
  SslPtr ssl_;
  const Purpose purpose_;
  const std::string host_;
  const Judge judge_;
  Shown peer_{{}, "nobody", "", 0};
  std::string shown_, failure_;
  bool was_refused_ = false, failed_ = false;
};

int look_at_peer(X509_STORE_CTX* store, void*) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* session = static_cast<TlsSession*>(SSL_get_app_data(ssl));
  X509* shown = X509_STORE_CTX_get0_cert(store);
  if (session != nullptr && shown != nullptr && session->look_at(*shown)) return 1;
  // One alert for whatever is wrong with it.
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length,
                    const unsigned char* offered, unsigned int offered_length, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, length, kProtocols, sizeof kProtocols, offered,
                            offered_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::shared_ptr<SSL_CTX>> make_context(const Credentials& credentials) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_method()), SSL_CTX_free);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_use_certificate(context.get(), credentials.certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), credentials.key.get()) != 1 ||
      SSL_CTX_add_client_CA(context.get(), credentials.authority.get()) != 1 ||
      SSL_CTX_set_num_tickets(context.get(), 0) != 1) {
    return openssl_error("prepare TLS");
  }
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), look_at_peer, nullptr);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  return context;
}

Result<std::unique_ptr<Session>> begin_session(std::shared_ptr<SSL_CTX> context, int fd,
                                               Purpose purpose, const std::string& host,
                                               Judge judge) {
  auto session = std::make_unique<TlsSession>(std::move(context), purpose, host, std::move(judge));
  TRY(session->begin(fd));
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace vinet::pki
