// Identity: who this daemon or person is, and whom they trust, from one directory:
//
//   ca.crt   cert.pem   key.pem (0600)   crl.pem
//
// The files may be replaced at any time: they are looked at again by refresh(), and whole sets that
// fit together take the place of what was in use (faults.md F-121). A list of revoked certificates
// that is there and cannot be read refuses everybody: who was revoked cannot be told any more.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pki/subject.h"
#include "support/result.h"

namespace vinet::pki {

class Session;

/// A certificate that was shown, and what is thought of it now.
struct Shown {
  Subject subject;      ///< where it is good
  std::string text;     ///< who it says it is
  std::string refused;  ///< why it is not good; empty: it is
  int64_t until = 0;    ///< when it expires, in seconds since 1970
};

/// Callable from any thread.
class Identity {
 public:
  /// Errors: not_found, permission_denied (a key that others may read), failed_precondition naming
  /// the file that is damaged or does not fit.
  static Result<std::shared_ptr<Identity>> load(const std::string& directory);
  virtual ~Identity() = default;

  virtual Subject self() const = 0;
  /// Looks whether files have changed. True: something is in use now that was not, or no more.
  virtual bool refresh() = 0;
  /// How often that was so, and how often take_list took one: who remembers the number learns what
  /// others were told.
  virtual uint64_t changes() const = 0;
  /// What is wrong with the files, for people; empty: nothing.
  virtual std::string trouble() const = 0;
  /// The number of the list of revoked certificates; 0: there is none.
  virtual uint64_t list_number() const = 0;
  /// Keeps a newer list, whoever brings it: it is signed by our authority. False: it is not newer.
  /// Errors: invalid_argument for what is no list of our authority's.
  virtual Result<bool> take_list(const std::string& pem) = 0;
  /// Of a caller that showed this certificate (Session::shown_certificate), now.
  virtual Shown judge(const std::string& certificate) const = 0;

  /// Our certificate, and our signature of a text, on one line each: for messages outside TLS.
  virtual Result<std::string> certificate() const = 0;
  virtual Result<std::string> sign(std::string_view text) const = 0;
  /// Of who sent such a message: a certificate and a signature as these two give them.
  virtual Shown judge_signed(std::string_view certificate, std::string_view text,
                             std::string_view signature) const = 0;

  /// TLS over a connected socket, which stays the caller's and must not block.
  virtual Result<std::unique_ptr<Session>> serve(int fd) = 0;
  /// `host`: whom we mean to reach; what a certificate says about addresses must fit it.
  virtual Result<std::unique_ptr<Session>> call(int fd, const std::string& host) = 0;
};

}  // namespace vinet::pki
