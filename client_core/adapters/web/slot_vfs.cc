#include "dudao/client/slot_vfs.h"

#include <sqlite3.h>  // lint: allow SQLite's files are what this is about
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

namespace dudao::client {
namespace {

constexpr int kPathBytesMax = 128;
constexpr int kSectorBytes = 4096;
constexpr std::string_view kCopyMark = ".before-v";
constexpr std::string_view kCopySlot = ".before";

struct OpenSlot {
  Slot* slot = nullptr;
  bool open = false;
};

// Lives as long as the process, as SQLite's registration does.
struct Files {
  std::vector<Slot> slots;
  std::vector<OpenSlot> state;
};

struct File {
  sqlite3_file base;
  OpenSlot* place;
};

SlotFile& Of(sqlite3_file* file) { return *reinterpret_cast<File*>(file)->place->slot->file; }

Files& Of(sqlite3_vfs* vfs) { return *static_cast<Files*>(vfs->pAppData); }

// "x.db.before-v3-journal" is the slot "x.db.before-journal".
std::string SlotName(std::string_view path) {
  const size_t mark = path.find(kCopyMark);
  if (mark == std::string_view::npos) return std::string(path);
  size_t end = mark + kCopyMark.size();
  while (end < path.size() && path[end] >= '0' && path[end] <= '9') ++end;
  return std::string(path.substr(0, mark)) + std::string(kCopySlot) + std::string(path.substr(end));
}

OpenSlot* Find(sqlite3_vfs* vfs, const char* path) {
  const std::string name = SlotName(path);
  for (OpenSlot& place : Of(vfs).state) {
    if (place.slot->name == name) return &place;
  }
  return nullptr;
}

int Close(sqlite3_file* file) {
  reinterpret_cast<File*>(file)->place->open = false;
  return SQLITE_OK;
}

int Read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 offset) {
  const auto wanted = static_cast<size_t>(bytes);
  const int64_t got = Of(file).Read(offset, static_cast<uint8_t*>(to), wanted);
  if (got < 0) return SQLITE_IOERR_READ;
  const auto done = static_cast<size_t>(got);
  if (done >= wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + done, 0, wanted - done);
  return SQLITE_IOERR_SHORT_READ;
}

int CodeOf(SlotResult result, int failed) {
  switch (result) {
    case SlotResult::kOk:
      return SQLITE_OK;
    case SlotResult::kFull:
      return SQLITE_FULL;
    case SlotResult::kFailed:
      break;
  }
  return failed;
}

int Write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 offset) {
  const auto* in = static_cast<const uint8_t*>(from);
  return CodeOf(Of(file).Write(offset, in, static_cast<size_t>(bytes)), SQLITE_IOERR_WRITE);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  return CodeOf(Of(file).Truncate(size), SQLITE_IOERR_TRUNCATE);
}

// Some systems find only now that the disk is full; the bytes are as little durable then.
int Sync(sqlite3_file* file, int) {
  return Of(file).Flush() == SlotResult::kOk ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  *size = Of(file).Size();
  return *size < 0 ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

int Lock(sqlite3_file*, int) { return SQLITE_OK; }
int CheckReservedLock(sqlite3_file*, int* held) {
  *held = 0;
  return SQLITE_OK;
}
int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return kSectorBytes; }
// As SQLite's own unix files say of themselves; without it every commit in WAL mode is padded with
// a second frame.
int DeviceCharacteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

// Version 1: no shared memory, no memory mapping.
constexpr sqlite3_io_methods kMethods = {1,
                                         Close,
                                         Read,
                                         Write,
                                         Truncate,
                                         Sync,
                                         FileSize,
                                         Lock,
                                         Lock,
                                         CheckReservedLock,
                                         FileControl,
                                         SectorSize,
                                         DeviceCharacteristics,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr};

bool IsAbsent(SlotFile& file) { return file.Size() == 0; }

int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  if (path == nullptr) return SQLITE_CANTOPEN;  // temporary files stay in memory
  OpenSlot* place = Find(vfs, path);
  if (place == nullptr || place->open) return SQLITE_CANTOPEN;
  if ((flags & SQLITE_OPEN_CREATE) == 0 && IsAbsent(*place->slot->file)) return SQLITE_CANTOPEN;
  place->open = true;
  reinterpret_cast<File*>(file)->place = place;
  file->pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

// Flushed whether or not SQLite asks for it: a journal that came back after a power loss would undo
// what was committed since, and here no folder's flush takes its removal along.
int Delete(sqlite3_vfs* vfs, const char* path, int) {
  OpenSlot* place = Find(vfs, path);
  if (place == nullptr || IsAbsent(*place->slot->file)) return SQLITE_IOERR_DELETE_NOENT;
  if (place->slot->file->Truncate(0) != SlotResult::kOk) return SQLITE_IOERR_DELETE;
  return place->slot->file->Flush() == SlotResult::kOk ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

int Access(sqlite3_vfs* vfs, const char* path, int, int* result) {
  OpenSlot* place = Find(vfs, path);
  *result = place != nullptr && !IsAbsent(*place->slot->file) ? 1 : 0;
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs*, const char* path, int bytes, char* out) {
  const size_t size = std::strlen(path) + 1;
  if (size > static_cast<size_t>(bytes)) return SQLITE_CANTOPEN;
  std::memcpy(out, path, size);
  return SQLITE_OK;
}

// Nobody else can let a lock go meanwhile: the wait is over at once.
int Sleep(sqlite3_vfs*, int microseconds) { return microseconds; }

int CurrentTimeInt64(sqlite3_vfs*, sqlite3_int64* now) {
  const auto since_1970 =
      std::chrono::system_clock::now().time_since_epoch();  // lint: allow SQL's date functions
  constexpr sqlite3_int64 kEpochMs = 210866760000000;       // 1970 counted from noon in 4714 BC
  *now = kEpochMs + std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
  return SQLITE_OK;
}

int CurrentTime(sqlite3_vfs* vfs, double* now) {
  sqlite3_int64 milliseconds = 0;
  CurrentTimeInt64(vfs, &milliseconds);
  *now = static_cast<double>(milliseconds) / 86400000.0;
  return SQLITE_OK;
}

int GetLastError(sqlite3_vfs*, int, char*) { return 0; }

int Randomness(sqlite3_vfs*, int bytes, char* out) {
  constexpr int kAtOnce = 256;
  for (int done = 0; done < bytes; done += kAtOnce) {
    const int count = std::min(bytes - done, kAtOnce);
    if (getentropy(out + done, static_cast<size_t>(count)) != 0) return 0;
  }
  return bytes;
}

}  // namespace

bool RegisterSlotVfs(const char* name, std::vector<Slot> slots, bool make_default) {
  auto* files = new Files{std::move(slots), {}};
  for (Slot& slot : files->slots) files->state.push_back({&slot, false});
  auto* vfs = new sqlite3_vfs{};
  vfs->iVersion = 2;
  vfs->szOsFile = sizeof(File);
  vfs->mxPathname = kPathBytesMax;
  vfs->zName = name;
  vfs->pAppData = files;
  vfs->xOpen = Open;
  vfs->xDelete = Delete;
  vfs->xAccess = Access;
  vfs->xFullPathname = FullPathname;
  vfs->xRandomness = Randomness;
  vfs->xSleep = Sleep;
  vfs->xCurrentTime = CurrentTime;
  vfs->xGetLastError = GetLastError;
  vfs->xCurrentTimeInt64 = CurrentTimeInt64;
  return sqlite3_vfs_register(vfs, make_default ? 1 : 0) == SQLITE_OK;
}

}  // namespace dudao::client
