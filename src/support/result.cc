#include "support/result.h"

#include <cerrno>
#include <cstring>

namespace vinet {
namespace {

Errc code_of(int sys_errno) {
  switch (sys_errno) {
    case EINVAL:
    case ERANGE:
      return Errc::kInvalidArgument;
    case ENOENT:
    case ENODEV:
    case ESRCH:
      return Errc::kNotFound;
    case EEXIST:
      return Errc::kAlreadyExists;
    case ENOMEM:
    case ENOSPC:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case E2BIG:
      return Errc::kResourceExhausted;
    case EPERM:
    case EACCES:
      return Errc::kPermissionDenied;
    case EBUSY:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTUNREACH:
      return Errc::kFailedPrecondition;
    case EOPNOTSUPP:
    case ENOSYS:
      return Errc::kUnimplemented;
    case EINTR:
    case EAGAIN:
      return Errc::kUnavailable;
    default:
      return Errc::kInternal;
  }
}

}  // namespace

Error errno_error(const std::string& attempt, int sys_errno) {
  return Error{code_of(sys_errno), attempt + ": " + std::strerror(sys_errno), sys_errno};
}

}  // namespace vinet
