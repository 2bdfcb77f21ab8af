// SQLite's files over a fixed set of SlotFiles: the browser's storage as SQLite sees it.
//
// A path names a slot and nothing else; there is no folder. A slot serves one open file at a time,
// so that one connection per database holds, and has no shared memory: a write-ahead log needs
// locking_mode=EXCLUSIVE, which sync::Database sets where a file says so. Nobody else can open the
// files: the browser gives a handle to one worker only, so locks are nothing. Temporary files must
// stay in memory (SQLITE_TEMP_STORE=3). A full disk or quota is SQLITE_FULL, a failed flush
// SQLITE_IOERR_FSYNC. Threading: as the files. Ownership: borrows the files, for ever.
#pragma once

#include <string>
#include <vector>

#include "dudao/client/slot_file.h"

namespace dudao::client {

struct Slot {
  std::string name;
  SlotFile* file = nullptr;
};

// Registers SQLite's file system `name` once per process; false where SQLite refuses. A name that
// is longer than a slot's and goes on with ".before-v<number>" means the slot `<name>.before`: the
// copy that is kept before a migration.
bool RegisterSlotVfs(const char* name, std::vector<Slot> slots, bool make_default);

}  // namespace dudao::client
