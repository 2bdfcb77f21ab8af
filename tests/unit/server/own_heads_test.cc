// The server as a signer after its key was replaced.
#include <string>

#include "dudao/server/rotation.h"
#include "dudao/sync/trust/statements.h"
#include "uploads.h"

namespace dudao::server {
namespace {

class ReplacedKey : public ::testing::Test {
 protected:
  void SetUp() override {
    office_.Commit(kTeamSpace, "zhao", "v1", VisitWith("D1-0921-01", "晴"));
    office_.Close();
    ASSERT_TRUE(RotateServerKey(office_.folder(), kTestNow).ok());
    office_.Open();
  }

  // A head of `replica`, as whoever holds this key of the server signs it.
  sync::HeadProof Signed(uint32_t number, const std::string& replica, uint64_t seq,
                         const sync::Hash& hash) const {
    sync::HeadProof proof;
    proof.set_signer(sync::kServerSigner);
    proof.set_key(number);
    proof.set_replica(replica);
    proof.set_seq(seq);
    proof.set_hash(std::string(sync::HashBytes(hash)));
    EXPECT_TRUE(
        sync::SignProof(const_cast<Office&>(office_)->key->SigningOf(number), kTeamSpace, proof)
            .ok());
    return proof;
  }

  Office office_;
};

TEST_F(ReplacedKey, VouchesOnlyForWhatIsHeld) {
  const sync::HeadProof old = Signed(1, std::string(16, 'r'), 3, sync::Sha256("a"));
  const OwnHeads& heads = *office_->heads;
  EXPECT_EQ(heads.CheckOwn(kTeamSpace, old, false).code(), absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(heads.CheckOwn(kTeamSpace, old, true).ok());
  const sync::HeadProof now = Signed(2, std::string(16, 'r'), 3, sync::Sha256("a"));
  EXPECT_TRUE(heads.CheckOwn(kTeamSpace, now, false).ok());
  // A restored folder may have lost what the old key signed in its time.
  office_->heads->SetRestored(true);
  EXPECT_TRUE(heads.CheckOwn(kTeamSpace, old, false).ok());
  sync::HeadProof third = now;
  third.set_key(3);
  EXPECT_EQ(heads.CheckOwn(kTeamSpace, third, false).code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(ReplacedKey, DoesNotBringAChangeInAsTheServers) {
  Device alice(office_, "tab-a", "alice", 1);
  Device thief(office_, "tab-b", "bob", 2);
  thief.Save("v2", VisitWith("D1-0921-02", "invented"));
  const auto head = *thief.store().HeadOf(thief.store().self());
  ASSERT_TRUE(head);
  const std::string replica(head->replica.AsBytes());
  // Bob's tablet hands on a chain of its own making as one that the server wrote.
  auto request = thief.Request();
  ASSERT_EQ(request.proofs_size(), 1);
  request.set_replica(std::string(alice.store().self().AsBytes()));
  *request.mutable_proofs(0) = Signed(1, replica, head->seq, head->hash);
  request.mutable_proofs(0)->clear_hash();
  const std::string before = office_.Digest();
  EXPECT_TRUE(alice.Send(request).ok()) << "the carrier may not know";
  EXPECT_EQ(office_.Digest(), before);
  EXPECT_EQ(office_.AccessRows("PROOF_INVALID"), 1);
  // The key that is the server's now would have brought it in: it is the key that is looked at.
  *request.mutable_proofs(0) = Signed(2, replica, head->seq, head->hash);
  request.mutable_proofs(0)->clear_hash();
  EXPECT_TRUE(alice.Send(request).ok());
  EXPECT_EQ(office_.Show("v2").note(), "invented");
}

}  // namespace
}  // namespace dudao::server
