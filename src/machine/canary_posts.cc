#include "machine/canary_posts.h"

#include <fmt/format.h>

#include "machine/resolve.h"
#include "machine/view.h"
#include "vi_abi.h"

namespace vinet::machine {
namespace {

constexpr size_t kBurst = 32;  // packets between two looks at what has arrived

}  // namespace

Result<CanaryNews> CanaryPosts::work(const CanaryWork& work) {
  CanaryNews news;
  TRY(resolve(work, news));
  for (const std::string& node : work.nodes) TRY(open(node, true, work.nonce, news));
  for (const std::string& machine : work.machines) TRY(open(machine, false, work.nonce, news));
  for (size_t i = 0; i < work.send.size(); ++i) {
    const Status sent = send(work.send[i]);
    if (sent) {
      news.refused.erase(work.send[i].number);  // one of several copies
    } else {
      news.refused.emplace(work.send[i].number, sent.error().message);
    }
    if (i % kBurst == 0) receive(news);
  }
  receive(news);
  count(work.count, news);
  if (!work.end) return news;
  for (const auto& [netns, post] : posts_) {
    if (const uint32_t lost = post.sockets.lost(); lost != 0) news.overrun.emplace(netns, lost);
  }
  posts_.clear();
  return news;
}

/// The headers of stacks are what the lower nodes' routing tables say now.
Status CanaryPosts::resolve(const CanaryWork& work, CanaryNews& news) {
  if (work.resolve.empty()) return ok();
  Sight sight;
  sight.details = false;
  for (const slice::Slice& slice : work.resolve) sight.anchors.insert(slice.machine);
  ASSIGN_OR_RETURN(const View view, look(kernel_, sight));
  for (slice::Slice slice : work.resolve) {
    TRY_IN("follow the routes under " + slice.owner, machine::resolve(kernel_, view, slice));
    news.resolved.push_back(std::move(slice));
  }
  return ok();
}

Status CanaryPosts::open(const std::string& netns, bool is_node, uint64_t nonce, CanaryNews& news) {
  const auto opened = [&]() -> Result<Post> {
    ASSIGN_OR_RETURN(CanarySockets sockets,
                     CanarySockets::open(kernel_.namespaces(), netns, is_node, nonce));
    Post post{std::move(sockets), is_node, {}};
    if (!is_node) return post;
    ASSIGN_OR_RETURN(const auto devices, kernel_.links().list_devices(netns));
    for (const auto& device : devices) post.ifindexes[device.device.name] = device.ifindex;
    return post;
  };
  Result<Post> post = opened();
  if (post) {
    posts_.insert_or_assign(netns, *std::move(post));
  } else if (post.error().code == Errc::kUnimplemented) {
    return std::move(post).error();
  } else {
    news.deaf.emplace(netns, post.error().message);
  }
  return ok();
}

Status CanaryPosts::send(const CanarySend& one) const {
  const auto post = posts_.find(one.netns);
  if (post == posts_.end()) return Error{Errc::kNotFound, one.netns + " cannot send"};
  if (one.packet.empty()) return Error{Errc::kInvalidArgument, "a packet of no bytes"};
  if (!post->second.is_node) return post->second.sockets.send_to(one.to, one.packet);
  const auto ifindex = post->second.ifindexes.find(one.device);
  if (ifindex == post->second.ifindexes.end()) {
    return Error{Errc::kNotFound, "there is no interface " + one.device};
  }
  return post->second.sockets.send_on(ifindex->second, one.packet);
}

void CanaryPosts::count(const std::vector<std::string>& spaces, CanaryNews& news) {
  for (const std::string& space : spaces) {
    const auto counted = kernel_.programs().list_counters(space);
    if (!counted) continue;  // a machine without programs is told by the check
    std::map<int, uint64_t>& drops = news.drops[space];
    for (const auto& [backside, counters] : *counted) {
      for (const vi_reason reason : {VI_DROP_UNKNOWN_KEY, VI_DROP_NOT_OURS, VI_DROP_SOURCE}) {
        drops[reason] += counters.drops[reason];
      }
    }
  }
}

void CanaryPosts::receive(CanaryNews& news) const {
  for (const auto& [netns, post] : posts_) {
    const auto device_of = [&post = post](uint32_t ifindex) {
      for (const auto& [name, number] : post.ifindexes) {
        if (number == ifindex) return name;
      }
      return fmt::format("number {}", ifindex);
    };
    post.sockets.receive([&](const Arrival& arrival) {
      news.heard.push_back({arrival.number, netns,
                            post.is_node ? device_of(arrival.ifindex) : std::string(),
                            arrival.itself});
    });
  }
}

}  // namespace vinet::machine
