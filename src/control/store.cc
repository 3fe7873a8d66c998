// Files of the state directory. Names of objects are names of the language
// ([A-Za-z_][A-Za-z0-9_]*), so no name leaves its folder; a file whose name and content disagree is
// foreign.
#include "control/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "control/state_json.h"
#include "support/fd.h"

namespace vinet::control {
namespace {

namespace fs = std::filesystem;
constexpr char kBases[] = "bases";
constexpr char kInternets[] = "internets";
constexpr char kSuffix[] = ".json";
constexpr char kTemporary[] = ".new";
constexpr size_t kMaxBytes = size_t{1} << 30;

Result<std::string> read_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return errno_error("open", errno);
  }
  std::string text;
  std::string buffer(size_t{1} << 16, '\0');
  for (;;) {
    const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return errno_error("read", errno);
    }
    if (n == 0) {
      return text;
    }
    text.append(buffer.data(), static_cast<size_t>(n));
    if (text.size() > kMaxBytes) {
      return Error{Errc::kFailedPrecondition, "not a state file of vinet: larger than 1 GiB"};
    }
  }
}

Status write_all(int fd, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return errno_error("write", errno);
    }
    done += static_cast<size_t>(n);
  }
  return ok();
}

Status sync_directory(const std::string& path) {
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) {
    return errno_error("sync the directory " + path, errno);
  }
  return ok();
}

/// Names of objects that have a file in the folder, sorted. Files of other kinds are nobody's
/// business.
std::vector<std::string> objects_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const fs::path& path = entry.path();
    if (path.extension() == kSuffix && path.filename().string().front() != '.') {
      names.push_back(path.stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Reads one object's file; where it cannot be trusted, the error says why and what can be done.
template <typename T>
Result<T> read_object(const std::string& path, const std::string& name,
                      Result<T> (*from)(const std::string&)) {
  const auto advise = [&](Error error) {
    return Error{
        error.code,
        fmt::format(
            "{}: {}; nothing was touched (move the file away, then `vinet down {}` removes what "
            "it left in the kernel)",
            path, error.message, name),
        error.sys_errno};
  };
  Result<std::string> text = read_file(path);
  if (!text) {
    return advise(std::move(text).error());
  }
  Result<T> object = from(*text);
  if (!object) {
    return advise(std::move(object).error());
  }
  if constexpr (!std::is_same_v<T, Operation>) {
    if (object->plan.name != name) {
      return advise(Error{Errc::kFailedPrecondition,
                          fmt::format("holds the state of '{}'", object->plan.name)});
    }
  }
  return object;
}

}  // namespace

Store::Store(const std::string& root)
    : directory_(
          (fs::path(root.empty() ? "/" : root) / "run" / "vinet").lexically_normal().string()) {}

State Store::read(std::vector<Error>& errors) const {
  State state;
  const auto take = [&](auto object, auto use) {
    if (object) {
      use(*std::move(object));
    } else {
      errors.push_back(std::move(object).error());
    }
  };
  // An erased file between the listing and the reading is another command's doing: gone, not
  // damaged.
  const auto gone = [](const std::string& path) {
    return ::access(path.c_str(), F_OK) != 0 && errno == ENOENT;
  };
  for (const std::string& name : objects_in(directory_ + "/" + kBases)) {
    const std::string path = fmt::format("{}/{}/{}{}", directory_, kBases, name, kSuffix);
    auto base = read_object<BaseIntent>(path, name, base_from_text);
    if (base || !gone(path)) {
      take(std::move(base), [&](BaseIntent b) { state.bases.emplace(name, std::move(b)); });
    }
  }
  for (const std::string& name : objects_in(directory_ + "/" + kInternets)) {
    const std::string path = fmt::format("{}/{}/{}{}", directory_, kInternets, name, kSuffix);
    auto internet = read_object<InternetIntent>(path, name, internet_from_text);
    if (internet || !gone(path)) {
      take(std::move(internet),
           [&](InternetIntent i) { state.internets.emplace(name, std::move(i)); });
    }
  }
  const std::string operation = directory_ + "/operation.json";
  if (!gone(operation)) {
    auto read = read_object<Operation>(operation, "--all", operation_from_text);
    if (read || !gone(operation)) {
      take(std::move(read), [&](Operation o) { state.operation = std::move(o); });
    }
  }
  return state;
}

Result<State> Store::load() const {
  std::vector<Error> errors;
  State state = read(errors);
  if (!errors.empty()) {
    return std::move(errors.front());
  }
  return state;
}

State Store::load_readable(std::vector<std::string>& damaged) const {
  std::vector<Error> errors;
  State state = read(errors);
  for (const Error& error : errors) {
    damaged.push_back(error.message);
  }
  return state;
}

Status Store::count(const std::string& what) {
  ++calls_;
  return policy_ ? policy_(calls_, what) : ok();
}

Status Store::replace(const std::string& folder, const std::string& file, const std::string& text) {
  const std::string path = folder + "/" + file;
  TRY_IN("write " + path, count("store.write " + path));
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return errno_error("make the directory " + folder, error.value());
  }
  const std::string temporary = folder + "/." + file + kTemporary;
  const auto failed = [&](Error cause) {
    ::unlink(temporary.c_str());
    return std::move(cause).within("write " + path);
  };
  {
    const Fd out(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (out.get() < 0) {
      return failed(errno_error("open", errno));
    }
    if (Status written = write_all(out.get(), text); !written) {
      return failed(std::move(written).error());
    }
    if (::fsync(out.get()) != 0) {
      return failed(errno_error("sync", errno));
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return failed(errno_error("rename", errno));
  }
  TRY(sync_directory(folder));
  return sync_directory(directory_);
}

Status Store::erase(const std::string& folder, const std::string& file) {
  const std::string path = folder + "/" + file;
  TRY_IN("remove " + path, count("store.erase " + path));
  if (::unlink(path.c_str()) != 0) {
    return errno == ENOENT ? ok() : errno_error("remove " + path, errno);
  }
  return sync_directory(folder);
}

Status Store::put(const BaseIntent& base) {
  return replace(directory_ + "/" + kBases, base.plan.name + kSuffix, to_text(base));
}
Status Store::put(const InternetIntent& internet, const plan::BasePlan& base) {
  return replace(directory_ + "/" + kInternets, internet.plan.name + kSuffix,
                 to_text(internet, base));
}
Status Store::put(const Operation& operation) {
  return replace(directory_, "operation.json", to_text(operation));
}
Status Store::erase_base(const std::string& name) {
  return erase(directory_ + "/" + kBases, name + kSuffix);
}
Status Store::erase_internet(const std::string& name) {
  return erase(directory_ + "/" + kInternets, name + kSuffix);
}
Status Store::erase_operation() {
  return erase(directory_, "operation.json");
}

Status Store::tidy() {
  for (const std::string& folder :
       {directory_, directory_ + "/" + kBases, directory_ + "/" + kInternets}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      const std::string name = entry.path().filename().string();
      if (name.front() == '.' && name.ends_with(std::string(kSuffix) + kTemporary) &&
          ::unlink(entry.path().c_str()) != 0) {
        return errno_error("remove " + entry.path().string(), errno);
      }
    }
    if (folder != directory_) {
      ::rmdir(folder.c_str());  // fails where it is not empty, and shall
    }
  }
  return ok();
}

}  // namespace vinet::control
