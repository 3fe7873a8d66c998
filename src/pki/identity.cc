#include "pki/identity.h"

#include <fmt/format.h>

#include <ctime>
#include <mutex>

#include "pki/files.h"
#include "pki/seal.h"
#include "pki/tls.h"
#include "pki/verdict.h"

namespace vinet::pki {
namespace {

Result<Credentials> load_credentials(const std::string& directory) {
  const std::string ca = directory + "/ca.crt", cert = directory + "/cert.pem",
                    key = directory + "/key.pem";
  Credentials all;
  ASSIGN_OR_RETURN(const std::string ca_text, read_file(ca));
  ASSIGN_OR_RETURN(const std::string cert_text, read_file(cert));
  ASSIGN_OR_RETURN(const std::string key_text, read_key_file(key));
  ASSIGN_OR_RETURN(all.authority, parse_certificate(ca_text, ca));
  ASSIGN_OR_RETURN(all.certificate, parse_certificate(cert_text, cert));
  ASSIGN_OR_RETURN(all.key, parse_key(key_text, key));
  if (X509_check_private_key(all.certificate.get(), all.key.get()) != 1) {
    (void)openssl_reason();
    return Error{Errc::kFailedPrecondition, key + " is not the key of " + cert};
  }
  // One that has expired, or is not valid yet, may be replaced while the daemon runs.
  if (X509_verify(all.certificate.get(), X509_get0_pubkey(all.authority.get())) != 1) {
    (void)openssl_reason();
    return Error{Errc::kFailedPrecondition, cert + " was not issued by the authority of " + ca};
  }
  return all;
}

struct Revoked {
  CrlPtr list;
  uint64_t number = 0;
  int64_t next = 0;
};

Result<Revoked> parse_list(const std::string& pem, const std::string& path, X509& authority) {
  Revoked revoked;
  ASSIGN_OR_RETURN(revoked.list, parse_crl(pem, path));
  if (X509_CRL_verify(revoked.list.get(), X509_get0_pubkey(&authority)) != 1) {
    (void)openssl_reason();
    return Error{Errc::kInvalidArgument, path + " is not signed by our authority"};
  }
  const NumberPtr number(static_cast<ASN1_INTEGER*>(
      X509_CRL_get_ext_d2i(revoked.list.get(), NID_crl_number, nullptr, nullptr)));
  if (!number || ASN1_INTEGER_get_uint64(&revoked.number, number.get()) != 1) {
    (void)openssl_reason();
    return Error{Errc::kInvalidArgument, path + " has no number"};
  }
  revoked.next = seconds_of(X509_CRL_get0_nextUpdate(revoked.list.get()));
  return revoked;
}

class FileIdentity final : public Identity, public std::enable_shared_from_this<FileIdentity> {
 public:
  explicit FileIdentity(std::string directory) : directory_(std::move(directory)) {}

  Status begin() {
    set_stamp_ = stamp_of_set();
    ASSIGN_OR_RETURN(Credentials loaded, load_credentials(directory_));
    TRY(use(std::move(loaded)));
    look_at_list();
    return ok();
  }

  Subject self() const override {
    const std::lock_guard lock(mutex_);
    return self_;
  }

  bool refresh() override {
    const std::lock_guard lock(mutex_);
    bool changed = false;
    if (std::string stamp = stamp_of_set(); stamp != set_stamp_) {
      set_stamp_ = std::move(stamp);
      Result<Credentials> loaded = load_credentials(directory_);
      Status used = loaded ? use(*std::move(loaded)) : Status(std::move(loaded).error());
      // What fits together no more is perhaps half replaced: the old ones go on.
      set_trouble_ = used ? "" : used.error().message + "; what was in use before still is";
      changed = true;
      list_stamp_ = "?";  // whose signature it bears is another question now
    }
    if (stamp_of(directory_ + "/crl.pem") != list_stamp_) {
      look_at_list();
      changed = true;
    }
    if (changed) ++changes_;
    return changed;
  }

  uint64_t changes() const override {
    const std::lock_guard lock(mutex_);
    return changes_;
  }

  std::string trouble() const override {
    const std::lock_guard lock(mutex_);
    if (!list_trouble_.empty()) return list_trouble_ + "; nobody is let in";
    if (!set_trouble_.empty()) return set_trouble_;
    const int64_t until = seconds_of(X509_get0_notAfter(credentials_->certificate.get()));
    if (until < std::time(nullptr)) {
      return fmt::format("{}/cert.pem expired on {}", directory_, date_text(until));
    }
    if (revoked_.list && revoked_.next < std::time(nullptr)) {
      return fmt::format("{}/crl.pem: a newer one was due on {}", directory_,
                         date_text(revoked_.next));
    }
    return "";
  }

  uint64_t list_number() const override {
    const std::lock_guard lock(mutex_);
    return revoked_.number;
  }

  Result<bool> take_list(const std::string& pem) override {
    const std::lock_guard lock(mutex_);
    ASSIGN_OR_RETURN(Revoked revoked,
                     parse_list(pem, "the list of revoked certificates", *credentials_->authority));
    if (revoked.number <= revoked_.number && list_trouble_.empty()) return false;
    // The number in use counts also where the file is damaged: an old list mends nothing.
    if (revoked.number < revoked_.number) return false;
    TRY(write_file(directory_ + "/crl.pem", pem, 0644));
    look_at_list();
    ++changes_;
    return true;
  }

  Shown judge(const std::string& certificate) const override {
    const auto* bytes = reinterpret_cast<const unsigned char*>(certificate.data());
    const CertPtr shown(d2i_X509(nullptr, &bytes, static_cast<long>(certificate.size())));
    if (!shown) return {{}, "nobody", "it is no certificate", 0};
    Verdict verdict = judge_now(*shown, Purpose::kCaller);
    return {std::move(verdict.subject), std::move(verdict.shown), std::move(verdict.refused),
            verdict.until};
  }

  Result<std::string> certificate() const override {
    const std::lock_guard lock(mutex_);
    return certificate_text(*credentials_->certificate);
  }
  Result<std::string> sign(std::string_view text) const override {
    const std::lock_guard lock(mutex_);
    return sign_text(*credentials_->key, text);
  }
  Shown judge_signed(std::string_view certificate, std::string_view text,
                     std::string_view signature) const override {
    const std::optional<std::string> der = from_base64(certificate);
    Shown shown = judge(der.value_or(""));
    if (!shown.refused.empty()) return shown;
    const auto* bytes = reinterpret_cast<const unsigned char*>(der->data());
    const CertPtr sender(d2i_X509(nullptr, &bytes, static_cast<long>(der->size())));
    if (!is_signed_by(*sender, text, signature)) shown.refused = "it has not signed this message";
    return shown;
  }

  Verdict judge_now(X509& shown, Purpose purpose) const {
    const std::lock_guard lock(mutex_);
    Verdict verdict = pki::judge(shown, *credentials_->authority, revoked_.list.get(), purpose);
    if (!list_trouble_.empty() && verdict.refused.empty()) verdict.refused = list_trouble_;
    return verdict;
  }

  Result<std::unique_ptr<Session>> serve(int fd) override {
    return begin_session(context(), fd, Purpose::kCaller, "", judge_by());
  }
  Result<std::unique_ptr<Session>> call(int fd, const std::string& host) override {
    return begin_session(context(), fd, Purpose::kServer, host, judge_by());
  }

 private:
  std::shared_ptr<SSL_CTX> context() const {
    const std::lock_guard lock(mutex_);
    return context_;
  }
  Judge judge_by() {
    return [self = shared_from_this()](X509& shown, Purpose purpose) {
      return self->judge_now(shown, purpose);
    };
  }

  std::string stamp_of_set() const {
    return stamp_of(directory_ + "/ca.crt") + " " + stamp_of(directory_ + "/cert.pem") + " " +
           stamp_of(directory_ + "/key.pem");
  }

  Status use(Credentials loaded) {
    ASSIGN_OR_RETURN(std::shared_ptr<SSL_CTX> context, make_context(loaded));
    // Whoever it is for may have expired; who it is must be there.
    const Verdict own =
        pki::judge(*loaded.certificate, *loaded.authority, nullptr, Purpose::kCaller);
    if (own.refused.empty()) self_ = own.subject;
    const bool is_another = credentials_ != nullptr &&
                            X509_cmp(credentials_->authority.get(), loaded.authority.get()) != 0;
    if (is_another) revoked_ = {};  // its lists have numbers of their own
    context_ = std::move(context);
    credentials_ = std::make_unique<Credentials>(std::move(loaded));
    return ok();
  }

  void look_at_list() {
    const std::string path = directory_ + "/crl.pem";
    list_stamp_ = stamp_of(path);
    Result<std::string> text = read_file(path);
    list_trouble_.clear();
    if (!text && text.error().code == Errc::kNotFound && !revoked_.list) return;
    Result<Revoked> revoked = text ? parse_list(*text, path, *credentials_->authority)
                                   : Result<Revoked>(std::move(text).error());
    if (!revoked) {
      list_trouble_ = std::move(revoked).error().message;
    } else if (revoked->number < revoked_.number) {
      list_trouble_ = fmt::format("{} is number {}, older than number {} which was in use", path,
                                  revoked->number, revoked_.number);
    } else {
      revoked_ = *std::move(revoked);
    }
  }

  const std::string directory_;
  mutable std::mutex mutex_;  // of all below
  std::unique_ptr<Credentials> credentials_;
  std::shared_ptr<SSL_CTX> context_;
  Subject self_;
  Revoked revoked_;
  uint64_t changes_ = 0;
  std::string set_stamp_, list_stamp_, set_trouble_, list_trouble_;
};

}  // namespace

Result<std::shared_ptr<Identity>> Identity::load(const std::string& directory) {
  auto identity = std::make_shared<FileIdentity>(directory);
  TRY(identity->begin());
  return std::shared_ptr<Identity>(std::move(identity));
}

}  // namespace vinet::pki
