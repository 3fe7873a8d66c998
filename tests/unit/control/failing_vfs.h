// A file system for SQLite whose n-th write or sync fails, once or from then on. While one of these
// is there, every database that is opened uses it.
#pragma once

#include <sqlite3.h>

#include <cstring>
#include <vector>

namespace vinet::control {

class FailingVfs {
 public:
  /// `code`: what the call returns instead, SQLITE_IOERR_WRITE or SQLITE_FULL.
  FailingVfs(int n, bool for_ever, int code) {
    state() = {n, for_ever, code, 0};
    real() = sqlite3_vfs_find(nullptr);
    vfs_ = *real();
    vfs_.zName = "failing";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real()->szOsFile;
    vfs_.xOpen = open;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FailingVfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real(), 1);
  }
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;

  /// Was the n-th call reached?
  bool bitten() const { return state().calls >= state().n; }

 private:
  struct State {
    int n = 0;
    bool for_ever = false;
    int code = 0;
    int calls = 0;
  };
  struct File {
    sqlite3_file base;
    sqlite3_io_methods methods;
    // Behind it: the file of the real file system.
  };

  static State& state() {
    static State the;
    return the;
  }
  static sqlite3_vfs*& real() {
    static sqlite3_vfs* the = nullptr;
    return the;
  }
  static sqlite3_file* inner(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(File));
  }
  static bool bites() {
    const int call = ++state().calls;
    return call == state().n || (state().for_ever && call > state().n);
  }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    std::memset(file, 0, sizeof(File));
    sqlite3_file* const below = inner(file);
    std::memset(below, 0, static_cast<size_t>(real()->szOsFile));
    const int code = real()->xOpen(real(), name, below, flags, out);
    if (below->pMethods == nullptr) return code;
    sqlite3_io_methods& methods = reinterpret_cast<File*>(file)->methods;
    methods = {
        below->pMethods->iVersion,
        [](sqlite3_file* f) { return inner(f)->pMethods->xClose(inner(f)); },
        [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
          return inner(f)->pMethods->xRead(inner(f), to, n, at);
        },
        [](sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
          return bites() ? state().code : inner(f)->pMethods->xWrite(inner(f), from, n, at);
        },
        [](sqlite3_file* f, sqlite3_int64 n) { return inner(f)->pMethods->xTruncate(inner(f), n); },
        [](sqlite3_file* f, int how) {
          if (!bites()) return inner(f)->pMethods->xSync(inner(f), how);
          return state().code == SQLITE_FULL ? SQLITE_FULL : SQLITE_IOERR_FSYNC;
        },
        [](sqlite3_file* f, sqlite3_int64* n) {
          return inner(f)->pMethods->xFileSize(inner(f), n);
        },
        [](sqlite3_file* f, int how) { return inner(f)->pMethods->xLock(inner(f), how); },
        [](sqlite3_file* f, int how) { return inner(f)->pMethods->xUnlock(inner(f), how); },
        [](sqlite3_file* f, int* is) {
          return inner(f)->pMethods->xCheckReservedLock(inner(f), is);
        },
        [](sqlite3_file* f, int what, void* with) {
          return inner(f)->pMethods->xFileControl(inner(f), what, with);
        },
        [](sqlite3_file* f) { return inner(f)->pMethods->xSectorSize(inner(f)); },
        [](sqlite3_file* f) { return inner(f)->pMethods->xDeviceCharacteristics(inner(f)); },
        [](sqlite3_file* f, int page, int size, int extend, void volatile** to) {
          return inner(f)->pMethods->xShmMap(inner(f), page, size, extend, to);
        },
        [](sqlite3_file* f, int at, int n, int how) {
          return inner(f)->pMethods->xShmLock(inner(f), at, n, how);
        },
        [](sqlite3_file* f) { inner(f)->pMethods->xShmBarrier(inner(f)); },
        [](sqlite3_file* f, int how) { return inner(f)->pMethods->xShmUnmap(inner(f), how); },
        [](sqlite3_file* f, sqlite3_int64 at, int n, void** to) {
          return inner(f)->pMethods->xFetch(inner(f), at, n, to);
        },
        [](sqlite3_file* f, sqlite3_int64 at, void* from) {
          return inner(f)->pMethods->xUnfetch(inner(f), at, from);
        },
    };
    file->pMethods = &methods;
    return code;
  }

  sqlite3_vfs vfs_{};
};

}  // namespace vinet::control
