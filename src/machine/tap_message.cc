#include "machine/tap_message.h"

#include <algorithm>
#include <cstring>

namespace vinet::machine {
namespace {

using capture::Direction;
using capture::Packet;
using capture::Reception;

constexpr size_t kMostBytes = 262'144;  // as tcpdump
constexpr size_t kLeastBytes = 1'600;   // enough to tell whose a packet is, at any depth
constexpr size_t kMacBytes = 12;        // before the EtherType, or a tag

Reception reception_of(unsigned char type) {
  switch (type) {
    case PACKET_HOST:
      return Reception::kUnicast;
    case PACKET_BROADCAST:
      return Reception::kBroadcast;
    case PACKET_MULTICAST:
      return Reception::kMulticast;
    case PACKET_OTHERHOST:
      return Reception::kOther;
    default:
      return Reception::kUnknown;
  }
}

/// The kernel takes a VLAN tag out of the bytes: here it comes back.
void put_tag_back(const tpacket_auxdata& aux, Packet& packet) {
  if ((aux.tp_status & TP_STATUS_VLAN_VALID) == 0 || packet.bytes.size() < kMacBytes) return;
  constexpr uint16_t kTagged = 0x8100;
  const bool has_type = (aux.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
  const uint16_t type = has_type ? aux.tp_vlan_tpid : kTagged;
  const char tag[] = {static_cast<char>(type >> 8), static_cast<char>(type & 0xff),
                      static_cast<char>(aux.tp_vlan_tci >> 8),
                      static_cast<char>(aux.tp_vlan_tci & 0xff)};
  packet.bytes.insert(kMacBytes, tag, sizeof tag);
  packet.original_bytes += sizeof tag;
}

}  // namespace

TapMessages::TapMessages(uint32_t snap_bytes)
    : room_(snap_bytes == 0 ? kMostBytes : std::clamp<size_t>(snap_bytes, kLeastBytes, kMostBytes)),
      bytes_(std::make_unique<char[]>(room_ * kAtOnce)) {
  for (size_t i = 0; i < kAtOnce; ++i) {
    vectors_[i] = {bytes_.get() + i * room_, room_};
    msghdr& header = messages_[i].msg_hdr;
    header.msg_iov = &vectors_[i];
    header.msg_iovlen = 1;
    header.msg_name = &from_[i];
    header.msg_control = control_[i].data();
  }
}

int TapMessages::receive(int socket) {
  for (mmsghdr& message : messages_) {  // the kernel wrote into these
    message.msg_hdr.msg_namelen = sizeof(sockaddr_ll);
    message.msg_hdr.msg_controllen = kControlBytes;
  }
  return recvmmsg(socket, messages_.data(), kAtOnce, MSG_DONTWAIT, nullptr);
}

Packet TapMessages::packet(size_t i, uint32_t tap) const {
  const size_t stored = std::min<size_t>(messages_[i].msg_len, room_);
  Packet packet;
  packet.tap = tap;
  packet.bytes.assign(bytes_.get() + i * room_, stored);
  packet.original_bytes = static_cast<uint32_t>(stored);
  packet.direction = from_[i].sll_pkttype == PACKET_OUTGOING ? Direction::kOut : Direction::kIn;
  packet.reception = reception_of(from_[i].sll_pkttype);
  msghdr header = messages_[i].msg_hdr;
  for (cmsghdr* one = CMSG_FIRSTHDR(&header); one != nullptr; one = CMSG_NXTHDR(&header, one)) {
    if (one->cmsg_level == SOL_SOCKET && one->cmsg_type == SCM_TIMESTAMPNS) {
      timespec time{};
      std::memcpy(&time, CMSG_DATA(one), sizeof time);
      packet.time_ns = time_of(time);
    } else if (one->cmsg_level == SOL_PACKET && one->cmsg_type == PACKET_AUXDATA) {
      tpacket_auxdata aux{};
      std::memcpy(&aux, CMSG_DATA(one), sizeof aux);
      packet.original_bytes = aux.tp_len;
      put_tag_back(aux, packet);
    }
  }
  return packet;
}

}  // namespace vinet::machine
