#include "kernel/links.h"

namespace vinet::kernel {

bool reassembles(const std::vector<ObservedDevice>& devices) {
  int right = 0;
  for (const ObservedDevice& device : devices) {
    const std::string& name = device.device.name;
    const bool usable = device.device.up && device.carrier;
    if (name == net::kPartsDevice && device.kind == "veth" && usable) ++right;
    if (name == net::kWholeDevice && device.kind == "macvlan" && usable) ++right;
  }
  return right == 2;
}

}  // namespace vinet::kernel
