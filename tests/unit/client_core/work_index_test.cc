// The index behind the lists: it reads each change once, over starts too.
#include "work_index.h"

#include <gtest/gtest.h>

#include <memory>

#include "dudao/records/v1/visit.pb.h"
#include "dudao/sync/schema/message_ops.h"
#include "dudao/sync/store/sqlite_store.h"
#include "tables.h"
#include "world.h"

namespace dudao::client {
namespace {

constexpr int kVisits = 200;

class WorkIndexTest : public testing::Test {
 protected:
  WorkIndexTest() : path(FreshPath("index")) {
    Open();
    for (int i = 0; i < kVisits; ++i) Write(i, "2026-09-21");
  }

  // Closes everything, as a restart does.
  void Open() {
    index.reset();
    store.reset();
    db.reset();
    db = Must(sync::Database::Open(path));
    MustBeOk(CreateTables(*db));
    store = Must(sync::SqliteStore::Open(*db, kSpace, fresh));
    index = std::make_unique<WorkIndex>(*db);
  }

  void Write(int number, const std::string& day) {
    records::v1::Visit visit;
    visit.set_visit_date(day);
    sync::LocalEdit edit;
    edit.author = "li";
    edit.wall_ms = kMonday;
    edit.ops = Must(sync::MessageToOps({kVisit, "v" + std::to_string(number)}, visit));
    Must(store->Commit(edit));
  }

  const SpaceIndex& At() { return *Must(index->At(kSpace, *store)); }

  std::string path;
  SeededRandom random{"index"};
  sync::IncarnationOptions fresh{sync::ReplicaId::FromBytes(random.Bytes(16)), random.Bytes(8), ""};
  std::unique_ptr<sync::Database> db;
  std::unique_ptr<sync::Store> store;
  std::unique_ptr<WorkIndex> index;
};

TEST_F(WorkIndexTest, ReadsEachChangeOnce) {
  EXPECT_EQ(At().visits.size(), size_t{kVisits});
  EXPECT_EQ(index->records_read(), uint64_t{kVisits});
  EXPECT_EQ(At().visits.size(), size_t{kVisits});
  EXPECT_EQ(index->records_read(), uint64_t{kVisits});
  Write(7, "2026-09-22");
  EXPECT_EQ(At().visits.at("v7").visit_date(), "2026-09-22");
  EXPECT_EQ(index->records_read(), uint64_t{kVisits} + 1);
}

TEST_F(WorkIndexTest, ReadsFewRecordsAgainAfterAStart) {
  At();
  Write(7, "2026-09-22");
  At();
  Open();
  EXPECT_EQ(At().visits.size(), size_t{kVisits});
  EXPECT_EQ(At().visits.at("v7").visit_date(), "2026-09-22");
  EXPECT_LE(index->records_read(), 63u);
}

TEST_F(WorkIndexTest, IsMadeAgainWhereItsRowsAreOfNoUse) {
  At();
  MustBeOk(db->Execute("UPDATE client_index SET entry = x'ff' WHERE key = CAST('v3' AS BLOB)"));
  Open();
  EXPECT_EQ(At().visits.size(), size_t{kVisits});
  EXPECT_EQ(index->records_read(), uint64_t{kVisits});
  Open();
  MustBeOk(
      db->Execute("UPDATE client_setting SET value = CAST('0:9999' AS BLOB) "
                  "WHERE name LIKE 'index:%'"));
  EXPECT_EQ(At().visits.size(), size_t{kVisits});
}

// Where the file has no room for it, lists work all the same.
TEST_F(WorkIndexTest, NeedsNoRoomInTheFile) {
  MustBeOk(db->Execute("DROP TABLE client_index"));
  EXPECT_EQ(At().visits.size(), size_t{kVisits});
  Write(7, "2026-09-22");
  EXPECT_EQ(At().visits.at("v7").visit_date(), "2026-09-22");
}

}  // namespace
}  // namespace dudao::client
