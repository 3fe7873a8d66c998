#include "pki/authority.h"

#include <fmt/format.h>

#include <ctime>
#include <map>

#include "pki/files.h"
#include "pki/index.h"
#include "pki/sign.h"

namespace vinet::pki {
namespace {

constexpr int64_t kDay = 24 * 3600;
constexpr int64_t kListDays = 90;  // until the next list is due
constexpr int64_t kSkew = 3600;    // of clocks of machines, which a new list must bear

struct Open {
  CertPtr certificate;
  KeyPtr key;
};

Result<Open> parse(const std::string& directory, const std::string& certificate,
                   const std::string& key) {
  Open open;
  ASSIGN_OR_RETURN(open.certificate, parse_certificate(certificate, directory + "/ca.crt"));
  ASSIGN_OR_RETURN(open.key, parse_key(key, directory + "/ca.key"));
  if (X509_check_private_key(open.certificate.get(), open.key.get()) != 1) {
    (void)openssl_reason();
    return Error{Errc::kFailedPrecondition,
                 fmt::format("{0}/ca.key is not the key of {0}/ca.crt", directory)};
  }
  return open;
}

Result<Index> read_index(const std::string& directory) {
  const std::string path = directory + "/issued.json";
  ASSIGN_OR_RETURN(const std::string text, read_file(path));
  return index_from_json(text, path);
}

Status write_index(const std::string& directory, const Index& index) {
  return write_file(directory + "/issued.json", to_json(index), 0600);
}

/// Signs the list with the next number. The index is written first: a number is never used twice.
Result<std::string> write_list(const std::string& directory, const Open& open, Index& index) {
  ++index.list_number;
  std::map<std::string, int64_t> revoked;
  for (const Issued& one : index.issued) {
    if (one.revoked) revoked[one.serial] = *one.revoked;
  }
  const int64_t now = std::time(nullptr);
  ASSIGN_OR_RETURN(const CrlPtr crl,
                   sign_crl({*open.certificate, *open.key}, revoked, index.list_number,
                            {now - kSkew, now + kListDays * kDay}));
  ASSIGN_OR_RETURN(std::string pem, pem_of(*crl));
  TRY(write_index(directory, index));
  TRY(write_file(directory + "/crl.pem", pem, 0644));
  return pem;
}

}  // namespace

Status Authority::init(const std::string& directory, const std::string& name, int64_t until) {
  TRY(make_directory(directory, 0700));
  ASSIGN_OR_RETURN(const Fd lock, lock_directory(directory));
  if (exists(directory + "/ca.crt") || exists(directory + "/ca.key")) {
    return Error{Errc::kAlreadyExists,
                 "there is an authority in " + directory + " already, and it stays as it is"};
  }
  Open open;
  ASSIGN_OR_RETURN(open.key, make_key());
  ASSIGN_OR_RETURN(open.certificate,
                   make_authority(*open.key, name, {std::time(nullptr) - kSkew, until}));
  ASSIGN_OR_RETURN(const std::string key, pem_of(*open.key));
  ASSIGN_OR_RETURN(const std::string certificate, pem_of(*open.certificate));
  Index index;
  TRY(write_list(directory, open, index));
  TRY(write_new_file(directory + "/ca.key", key, 0600));
  return write_new_file(directory + "/ca.crt", certificate, 0644);
}

Result<Authority> Authority::open(const std::string& directory) {
  Result<std::string> certificate = read_file(directory + "/ca.crt");
  if (!certificate && certificate.error().code == Errc::kNotFound) {
    return Error{Errc::kNotFound, "there is no authority in " + directory + ": `vinet pki init`"};
  }
  if (!certificate) return std::move(certificate).error();
  ASSIGN_OR_RETURN(std::string key, read_key_file(directory + "/ca.key"));
  TRY(parse(directory, *certificate, key));
  return Authority(directory, *std::move(certificate), std::move(key));
}

Result<std::string> Authority::issue(const std::string& request, const Wish& wish) {
  TRY(check_name(wish.subject.name));
  ASSIGN_OR_RETURN(const RequestPtr parsed, parse_request(request, "the request"));
  ASSIGN_OR_RETURN(const Open open, parse(directory_, certificate_, key_));
  ASSIGN_OR_RETURN(const Fd lock, lock_directory(directory_));
  ASSIGN_OR_RETURN(Index index, read_index(directory_));
  for (const Issued& one : index.issued) {
    if (one.subject.name == wish.subject.name && one.subject.role != wish.subject.role) {
      return Error{Errc::kAlreadyExists, fmt::format("{} is the name of a {}", one.subject.name,
                                                     to_string(one.subject.role))};
    }
  }
  ASSIGN_OR_RETURN(const CertPtr certificate,
                   sign({*open.certificate, *open.key}, *parsed, wish.subject, wish.addresses,
                        {wish.from, wish.until}));
  ASSIGN_OR_RETURN(std::string pem, pem_of(*certificate));
  index.issued.push_back({serial_text(*X509_get0_serialNumber(certificate.get())), wish.subject,
                          wish.from, wish.until, std::nullopt, wish.addresses});
  TRY(write_index(directory_, index));
  return pem;
}

Result<std::vector<Issued>> Authority::list() const {
  ASSIGN_OR_RETURN(Index index, read_index(directory_));
  return std::move(index.issued);
}

Result<std::vector<Issued>> Authority::revoke(const std::string& name_or_serial) {
  ASSIGN_OR_RETURN(const Open open, parse(directory_, certificate_, key_));
  ASSIGN_OR_RETURN(const Fd lock, lock_directory(directory_));
  ASSIGN_OR_RETURN(Index index, read_index(directory_));
  const int64_t now = std::time(nullptr);
  std::vector<Issued> revoked;
  bool known = false;
  for (Issued& one : index.issued) {
    if (one.subject.name != name_or_serial && one.serial != name_or_serial) continue;
    known = true;
    if (one.revoked || one.until < now) continue;
    one.revoked = now;
    revoked.push_back(one);
  }
  if (!known) {
    return Error{Errc::kNotFound,
                 "no certificate has the name or serial number '" + name_or_serial + "'"};
  }
  TRY(write_list(directory_, open, index));
  return revoked;
}

Result<std::string> Authority::renew_list() {
  ASSIGN_OR_RETURN(const Open open, parse(directory_, certificate_, key_));
  ASSIGN_OR_RETURN(const Fd lock, lock_directory(directory_));
  ASSIGN_OR_RETURN(Index index, read_index(directory_));
  return write_list(directory_, open, index);
}

Result<std::string> Authority::revocation_list() const {
  return read_file(directory_ + "/crl.pem");
}

Result<std::string> new_key() {
  ASSIGN_OR_RETURN(const KeyPtr key, make_key());
  return pem_of(*key);
}

Result<std::string> new_request(const std::string& key, const std::string& name) {
  TRY(check_name(name));
  ASSIGN_OR_RETURN(const KeyPtr parsed, parse_key(key, "the key"));
  ASSIGN_OR_RETURN(const RequestPtr request, make_request(*parsed, name));
  return pem_of(*request);
}

}  // namespace vinet::pki
