#include "etcd/kv.h"

namespace vinet::etcd {

std::string end_of(std::string prefix) {
  while (!prefix.empty()) {
    const auto last = static_cast<unsigned char>(prefix.back());
    prefix.pop_back();
    if (last != 0xff) {
      prefix.push_back(static_cast<char>(last + 1));
      return prefix;
    }
  }
  return {'\0'};  // etcd's word for: to the end of all keys
}

}  // namespace vinet::etcd
