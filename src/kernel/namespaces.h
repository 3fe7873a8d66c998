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

  /// The same for a node of a tenant: it belongs to the tenant's user namespace, whose root is
  /// nobody outside of it (faults.md F-125). That is made with its first node, and goes when no
  /// name is left.
  virtual Status create_for(const std::string& tenant, const std::string& name,
                            const std::string& mark) = 0;

  /// Binds the namespace in which this process is at `name`: a machine of a fleet. Nothing in it
  /// changes. Errors: already_exists as of `create`. On error nothing remains.
  virtual Status create_own(const std::string& name) = 0;

  /// Is what `name` leads to the namespace in which this process is? False where it leads nowhere.
  virtual Result<bool> is_own(const std::string& name) = 0;

  /// Takes the name away, and the file. The namespace itself ends when nothing else holds it (a
  /// process, a socket). Forgets all that the doors keep open in it. Fine if the name is an empty
  /// file; not_found if there is none. Of the own namespace, lo forwards afterwards as the whole
  /// does (net.ipv4.ip_forward), and accepts no local sources.
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
