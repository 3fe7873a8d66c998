// The real door 1.
#pragma once

#include "kernel/linux_context.h"
#include "kernel/namespaces.h"

namespace vinet::kernel {

class LinuxNamespaces final : public Namespaces {
 public:
  explicit LinuxNamespaces(LinuxContext& context) : context_(context) {}

  Result<std::vector<std::string>> list() override;
  Result<bool> alive(const std::string& name) override;
  Status create(const std::string& name, const std::string& mark) override;
  Status create_for(const std::string& tenant, const std::string& name,
                    const std::string& mark) override;
  Status create_own(const std::string& name) override;
  Result<bool> is_own(const std::string& name) override;
  Status remove(const std::string& name) override;
  Result<net::NamespaceSettings> read_settings(const std::string& name) override;
  Status write_settings(const std::string& name, const net::NamespaceSettings& settings) override;
  Status enter(const std::string& name, const std::function<Status()>& inside) override;

 private:
  /// Makes, marks and binds it. `unshared`: makes the namespace and leaves the calling thread in
  /// it.
  Status make(const std::string& attempt, const std::string& name, const std::string& mark,
              const std::function<Status()>& unshared);

  LinuxContext& context_;
};

}  // namespace vinet::kernel
