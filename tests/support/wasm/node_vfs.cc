// SQLite's files for tests that run as WebAssembly under node: plain files through emscripten's
// NODERAWFS. SQLite is compiled without an operating system there (SQLITE_OS_OTHER), so that a
// program brings its own; this one is for tests, the page has another. Locks and the shared memory
// of WAL live in this process: two connections of one test see each other as natively, two
// processes do not. Threading: none, as everything in these builds. Ownership: SQLite's.
// Durability: fsync of node.
#include <fcntl.h>
#include <sqlite3.h>  // lint: allow SQLite has no files of its own in WebAssembly
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace {

// What all connections of one path share.
struct Shared {
  int readers = 0;               // connections at SHARED or above
  const void* writer = nullptr;  // at RESERVED or above
  bool pending = false;          // the writer waits for readers to leave
  std::vector<std::unique_ptr<char[]>> regions;
  int shm_users = 0;
  int shm_shared[SQLITE_SHM_NLOCK] = {};
  const void* shm_exclusive[SQLITE_SHM_NLOCK] = {};
};

std::map<std::string, std::weak_ptr<Shared>>& SharedByPath() {
  static auto* map = new std::map<std::string, std::weak_ptr<Shared>>();
  return *map;
}

struct Rest {
  int fd = -1;
  int level = SQLITE_LOCK_NONE;
  bool uses_shm = false;
  unsigned shm_held_shared = 0;  // bits
  std::string delete_on_close;
  std::shared_ptr<Shared> shared;
};

struct File {
  sqlite3_file base;
  Rest* rest;
};

Rest& Of(sqlite3_file* file) { return *reinterpret_cast<File*>(file)->rest; }

int ShmUnmap(sqlite3_file* file, int delete_flag);
int Unlock(sqlite3_file* file, int level);

int Close(sqlite3_file* file) {
  Rest& rest = Of(file);
  ShmUnmap(file, 0);
  Unlock(file, SQLITE_LOCK_NONE);
  const int rc = close(rest.fd) == 0 ? SQLITE_OK : SQLITE_IOERR_CLOSE;
  if (!rest.delete_on_close.empty()) unlink(rest.delete_on_close.c_str());
  delete &rest;
  return rc;
}

int Read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 offset) {
  auto* out = static_cast<char*>(to);
  int done = 0;
  while (done < bytes) {
    const ssize_t got =
        pread(Of(file).fd, out + done, static_cast<size_t>(bytes - done), offset + done);
    if (got < 0) return SQLITE_IOERR_READ;
    if (got == 0) break;
    done += static_cast<int>(got);
  }
  if (done == bytes) return SQLITE_OK;
  std::memset(out + done, 0, static_cast<size_t>(bytes - done));
  return SQLITE_IOERR_SHORT_READ;
}

int Write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 offset) {
  const auto* in = static_cast<const char*>(from);
  int done = 0;
  while (done < bytes) {
    const ssize_t put =
        pwrite(Of(file).fd, in + done, static_cast<size_t>(bytes - done), offset + done);
    if (put < 0) return errno == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    done += static_cast<int>(put);
  }
  return SQLITE_OK;
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  return ftruncate(Of(file).fd, size) == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int Sync(sqlite3_file* file, int) {
  return fsync(Of(file).fd) == 0 ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  struct stat about;
  if (fstat(Of(file).fd, &about) != 0) return SQLITE_IOERR_FSTAT;
  *size = about.st_size;
  return SQLITE_OK;
}

int Lock(sqlite3_file* file, int level) {
  Rest& rest = Of(file);
  Shared& shared = *rest.shared;
  if (rest.level >= level) return SQLITE_OK;
  if (level == SQLITE_LOCK_SHARED) {
    if (shared.pending) return SQLITE_BUSY;
    ++shared.readers;
    rest.level = level;
    return SQLITE_OK;
  }
  if (shared.writer != nullptr && shared.writer != &rest) return SQLITE_BUSY;
  shared.writer = &rest;
  if (level == SQLITE_LOCK_RESERVED) {
    rest.level = level;
    return SQLITE_OK;
  }
  shared.pending = true;
  if (shared.readers > 1) {
    if (rest.level < SQLITE_LOCK_PENDING) rest.level = SQLITE_LOCK_PENDING;
    return SQLITE_BUSY;
  }
  rest.level = SQLITE_LOCK_EXCLUSIVE;
  return SQLITE_OK;
}

int Unlock(sqlite3_file* file, int level) {
  Rest& rest = Of(file);
  Shared& shared = *rest.shared;
  if (rest.level <= level) return SQLITE_OK;
  if (shared.writer == &rest) {
    shared.writer = nullptr;
    shared.pending = false;
  }
  if (level == SQLITE_LOCK_NONE) --shared.readers;
  rest.level = level;
  return SQLITE_OK;
}

int CheckReservedLock(sqlite3_file* file, int* held) {
  *held = Of(file).shared->writer != nullptr;
  return SQLITE_OK;
}

int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return 4096; }
// As the unix files say of themselves; without it each commit in WAL mode is padded with a second
// frame.
int DeviceCharacteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int ShmMap(sqlite3_file* file, int region, int bytes, int extend, void volatile** memory) {
  Rest& rest = Of(file);
  Shared& shared = *rest.shared;
  if (!rest.uses_shm) {
    rest.uses_shm = true;
    ++shared.shm_users;
  }
  const auto wanted = static_cast<size_t>(region) + 1;
  *memory = nullptr;
  if (shared.regions.size() < wanted && extend == 0) return SQLITE_OK;
  while (shared.regions.size() < wanted) {
    shared.regions.push_back(std::make_unique<char[]>(static_cast<size_t>(bytes)));  // zeroed
  }
  *memory = shared.regions[wanted - 1].get();
  return SQLITE_OK;
}

int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  Rest& rest = Of(file);
  Shared& shared = *rest.shared;
  for (int i = offset; i < offset + count && (flags & SQLITE_SHM_LOCK) != 0; ++i) {
    if (shared.shm_exclusive[i] != nullptr && shared.shm_exclusive[i] != &rest) return SQLITE_BUSY;
    const int own = (rest.shm_held_shared >> i) & 1u;
    if ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && shared.shm_shared[i] > own) return SQLITE_BUSY;
  }
  for (int i = offset; i < offset + count; ++i) {
    const unsigned bit = 1u << i;
    const bool held = (rest.shm_held_shared & bit) != 0;
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
      if (held) --shared.shm_shared[i];
      rest.shm_held_shared &= ~bit;
      if (shared.shm_exclusive[i] == &rest) shared.shm_exclusive[i] = nullptr;
    } else if ((flags & SQLITE_SHM_EXCLUSIVE) != 0) {
      shared.shm_exclusive[i] = &rest;
    } else if (!held) {
      ++shared.shm_shared[i];
      rest.shm_held_shared |= bit;
    }
  }
  return SQLITE_OK;
}

void ShmBarrier(sqlite3_file*) {}

int ShmUnmap(sqlite3_file* file, int) {
  Rest& rest = Of(file);
  if (!rest.uses_shm) return SQLITE_OK;
  ShmLock(file, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
  rest.uses_shm = false;
  if (--rest.shared->shm_users == 0) rest.shared->regions.clear();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods = {2,
                                         Close,
                                         Read,
                                         Write,
                                         Truncate,
                                         Sync,
                                         FileSize,
                                         Lock,
                                         Unlock,
                                         CheckReservedLock,
                                         FileControl,
                                         SectorSize,
                                         DeviceCharacteristics,
                                         ShmMap,
                                         ShmLock,
                                         ShmBarrier,
                                         ShmUnmap,
                                         nullptr,
                                         nullptr};

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  if (name == nullptr)
    return SQLITE_CANTOPEN;  // temporary files stay in memory (SQLITE_TEMP_STORE=3)
  int mode = (flags & SQLITE_OPEN_READONLY) != 0 ? O_RDONLY : O_RDWR;
  if ((flags & SQLITE_OPEN_CREATE) != 0) mode |= O_CREAT;
  if ((flags & SQLITE_OPEN_EXCLUSIVE) != 0) mode |= O_EXCL;
  const int fd = open(name, mode, 0600);
  if (fd < 0) {
    // As natively: what cannot be written is opened for reading.
    if ((flags & SQLITE_OPEN_READWRITE) == 0 ||
        (errno != EACCES && errno != EPERM && errno != EROFS))
      return SQLITE_CANTOPEN;
    flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    return Open(nullptr, name, file, flags, out_flags);
  }
  struct stat about;
  if (fstat(fd, &about) != 0 || S_ISDIR(about.st_mode)) {
    close(fd);
    return SQLITE_CANTOPEN_ISDIR;
  }
  auto* rest = new Rest;
  rest->fd = fd;
  if ((flags & SQLITE_OPEN_DELETEONCLOSE) != 0) rest->delete_on_close = name;
  std::weak_ptr<Shared>& known = SharedByPath()[name];
  rest->shared = known.lock();
  if (rest->shared == nullptr) known = rest->shared = std::make_shared<Shared>();
  reinterpret_cast<File*>(file)->rest = rest;
  file->pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs*, const char* name, int) {
  if (unlink(name) == 0) return SQLITE_OK;
  return errno == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
}

int Access(sqlite3_vfs*, const char* name, int flags, int* result) {
  struct stat about;
  if (flags == SQLITE_ACCESS_EXISTS) {
    *result = stat(name, &about) == 0 && (!S_ISREG(about.st_mode) || about.st_size > 0);
  } else {
    *result = access(name, flags == SQLITE_ACCESS_READWRITE ? R_OK | W_OK : R_OK) == 0;
  }
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs*, const char* name, int bytes, char* out) {
  std::string path = name;
  if (path.empty() || path[0] != '/') {
    char here[1024];
    if (getcwd(here, sizeof here) == nullptr) return SQLITE_CANTOPEN;
    path = std::string(here) + "/" + path;
  }
  if (path.size() >= static_cast<size_t>(bytes)) return SQLITE_CANTOPEN;
  std::memcpy(out, path.c_str(), path.size() + 1);
  return SQLITE_OK;
}

int Randomness(sqlite3_vfs*, int bytes, char* out) {
  for (int done = 0; done < bytes; done += 256) {
    if (getentropy(out + done, static_cast<size_t>(bytes - done < 256 ? bytes - done : 256)) != 0)
      return 0;
  }
  return bytes;
}

// Nobody else can let a lock go while this thread sleeps: the wait is over at once.
int Sleep(sqlite3_vfs*, int microseconds) { return microseconds; }

int CurrentTimeInt64(sqlite3_vfs*, sqlite3_int64* now) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  *now = 210866760000000 + sqlite3_int64{time.tv_sec} * 1000 +
         time.tv_nsec / 1000000;  // since noon in 4714 BC
  return SQLITE_OK;
}

int CurrentTime(sqlite3_vfs* vfs, double* now) {
  sqlite3_int64 milliseconds = 0;
  CurrentTimeInt64(vfs, &milliseconds);
  *now = static_cast<double>(milliseconds) / 86400000.0;
  return SQLITE_OK;
}

int GetLastError(sqlite3_vfs*, int, char*) { return errno; }

}  // namespace

extern "C" int sqlite3_os_init(void) {
  static sqlite3_vfs vfs = {};
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(File);
  vfs.mxPathname = 1024;
  vfs.zName = "node";
  vfs.xOpen = Open;
  vfs.xDelete = Delete;
  vfs.xAccess = Access;
  vfs.xFullPathname = FullPathname;
  vfs.xRandomness = Randomness;
  vfs.xSleep = Sleep;
  vfs.xCurrentTime = CurrentTime;
  vfs.xGetLastError = GetLastError;
  vfs.xCurrentTimeInt64 = CurrentTimeInt64;
  return sqlite3_vfs_register(&vfs, 1);
}

extern "C" int sqlite3_os_end(void) { return SQLITE_OK; }
