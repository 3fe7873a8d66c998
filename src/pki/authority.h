// Authority: a private CA in one directory.
//
//   ca.crt   ca.key (0600)   issued.json: what was issued and revoked, and the number of the list
//   crl.pem  the list of revoked certificates, signed anew at each revocation
//
// Every change holds the directory's lock, and writes the index before what it speaks of is given
// out: a certificate that the index does not know does not exist. Nothing that is there is ever
// overwritten but index and list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pki/subject.h"
#include "support/result.h"

namespace vinet::pki {

struct Issued {
  std::string serial;
  Subject subject;
  int64_t from = 0, until = 0;  ///< seconds since 1970
  std::optional<int64_t> revoked;
  std::vector<std::string> addresses;
  friend bool operator==(const Issued&, const Issued&) = default;
};

struct Wish {
  Subject subject;
  std::vector<std::string> addresses;
  int64_t from = 0, until = 0;
};

class Authority {
 public:
  /// Makes a new one. Errors: already_exists.
  static Status init(const std::string& directory, const std::string& name, int64_t until);
  /// Errors: not_found if there is none; permission_denied for a key that others may read;
  /// failed_precondition naming the file that is damaged.
  static Result<Authority> open(const std::string& directory);

  const std::string& certificate() const { return certificate_; }  ///< PEM, here and below
  /// Signs `request`. Errors: already_exists if another role has the name: a name is one subject's.
  Result<std::string> issue(const std::string& request, const Wish& wish);
  Result<std::vector<Issued>> list() const;
  /// Revokes what has the name or the serial number, and is neither revoked nor over.
  /// Out: what it revoked. Errors: not_found.
  Result<std::vector<Issued>> revoke(const std::string& name_or_serial);
  /// The list, signed anew with the next number.
  Result<std::string> renew_list();
  Result<std::string> revocation_list() const;

 private:
  Authority(std::string directory, std::string certificate, std::string key)
      : directory_(std::move(directory)),
        certificate_(std::move(certificate)),
        key_(std::move(key)) {}

  std::string directory_, certificate_, key_;
};

/// A new private key, and a request for a certificate for one.
Result<std::string> new_key();
Result<std::string> new_request(const std::string& key, const std::string& name);

}  // namespace vinet::pki
