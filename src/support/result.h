// Result<T>: a value or the Error that prevented it. Never ignored, never thrown.
//
// The interface is a subset of std::expected, so that a later move to it changes this file only.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace vinet {

/// What kind of failure it was. The names are gRPC's canonical codes; callers branch on these,
/// never on text.
enum class Errc {
  kInvalidArgument,
  kNotFound,
  kAlreadyExists,
  kResourceExhausted,
  kFailedPrecondition,
  kPermissionDenied,
  kUnavailable,
  kUnimplemented,
  kCancelled,
  kInternal,
};

/// A failure. `message` reads attempt: object: cause, outermost first:
/// `up fig11: create namespace fig11.A: unshare: Operation not permitted`.
struct Error {
  Errc code = Errc::kInternal;
  std::string message;
  int sys_errno = 0;  ///< the kernel's errno, 0 where none was involved

  /// The same error with what was being attempted put before it.
  Error within(const std::string& attempt) && {
    message.insert(0, attempt + ": ");
    return std::move(*this);
  }
};

/// The Error of a failed system call: `attempt: strerror(errno)`, code chosen from errno.
Error errno_error(const std::string& attempt, int sys_errno);

struct Unit {
  friend bool operator==(Unit, Unit) { return true; }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }

  Error& error() & { return *std::get_if<1>(&state_); }
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Unit>;
inline Status ok() {
  return Unit{};
}

}  // namespace vinet

// The only macros that return. `TRY(status)`, `ASSIGN_OR_RETURN(auto x, result)`.
// The `_IN` forms put what was attempted before the message, at the border of a layer.
// NOLINTBEGIN(bugprone-macro-parentheses): declarations and return values take none
#define VINET_CONCAT_(a, b) a##b
#define VINET_CONCAT(a, b) VINET_CONCAT_(a, b)
#define TRY(expr)                                \
  do {                                           \
    if (auto try_result = (expr); !try_result) { \
      return std::move(try_result).error();      \
    }                                            \
  } while (false)
#define TRY_IN(attempt, expr)                               \
  do {                                                      \
    if (auto try_result = (expr); !try_result) {            \
      return std::move(try_result).error().within(attempt); \
    }                                                       \
  } while (false)
#define ASSIGN_OR_RETURN(decl, expr)                           \
  auto VINET_CONCAT(result_, __LINE__) = (expr);               \
  if (!VINET_CONCAT(result_, __LINE__)) {                      \
    return std::move(VINET_CONCAT(result_, __LINE__)).error(); \
  }                                                            \
  decl = *std::move(VINET_CONCAT(result_, __LINE__))  // NOLINTEND(bugprone-macro-parentheses)
