// Door 1: network namespaces with names, as `ip netns` knows them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/objects.h"
#include "support/result.h"

namespace vinet::kernel {

class Namespaces {
 public:
  virtual ~Namespaces() = default;

  /// All names under <root>/run/netns, sorted; also names that are only an empty file (half made,
  /// or unmounted by hand).
  virtual Result<std::vector<std::string>> list() = 0;

  /// Is there a live namespace bound at `name`? False for an empty file.
  virtual Result<bool> alive(const std::string& name) = 0;

  /// Makes a namespace, sets the alias of its lo to `mark` and brings lo up, then binds it at
  /// `name`: a named namespace of ours is never without its mark. Errors: already_exists if the
  /// name is taken (also by an empty file). On error nothing remains.
  virtual Status create(const std::string& name, const std::string& mark) = 0;

  /// Takes the name away, and the file. The namespace itself ends when nothing else holds it (a
  /// process, a socket). Forgets all that the doors keep open in it. Fine if the name is an empty
  /// file; not_found if there is none.
  virtual Status remove(const std::string& name) = 0;

  virtual Result<net::NamespaceSettings> read_settings(const std::string& name) = 0;
  /// Writes only what differs, all in one visit.
  virtual Status write_settings(const std::string& name,
                                const net::NamespaceSettings& settings) = 0;

  /// Runs `inside` on a thread that is in the namespace, and waits for it. For sockets: what is
  /// opened there stays there.
  virtual Status enter(const std::string& name, const std::function<Status()>& inside) = 0;
};

}  // namespace vinet::kernel
