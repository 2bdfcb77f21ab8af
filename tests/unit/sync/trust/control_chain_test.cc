#include "dudao/sync/trust/control_chain.h"

#include <gtest/gtest.h>

#include "dudao/sync/trust/sealing.h"
#include "dudao/sync/trust/statements.h"

namespace dudao::sync {
namespace {

using trust::v1::ControlBody;
using trust::v1::ControlEntry;

KeyPair Key(char fill) { return *KeyFromSeed(kDefaultSuite, std::string(32, fill)); }

ControlBody Announce(const KeyPair& key, uint32_t number, char server = 's') {
  ControlBody body;
  body.mutable_server_key()->set_key(number);
  body.mutable_server_key()->set_suite(key.suite);
  body.mutable_server_key()->set_public_key(key.public_key);
  body.mutable_server_key()->set_sealing_key(SealingKeyFromSeed(std::string(32, 'z'))->public_key);
  body.mutable_server_key()->set_server_id(std::string(16, server));
  return body;
}

ControlBody SomePerson(const std::string& id) {
  ControlBody body;
  body.mutable_person()->set_person_id(id);
  return body;
}

// Announces a further key as the server does: signed by itself over what stood before.
ControlBody Rotate(const ControlChain& chain, const KeyPair& next, uint32_t number,
                   char server = 's') {
  ControlBody body = Announce(next, number, server);
  EXPECT_TRUE(SignServerKey(next, chain.hash(), *body.mutable_server_key()).ok());
  return body;
}

ControlEntry Next(const ControlChain& chain, const KeyPair& key, uint32_t number,
                  const ControlBody& body) {
  ControlEntry entry;
  entry.set_position(chain.position() + 1);
  entry.set_previous(chain.hash());
  entry.set_actor("system");
  entry.set_body(body.SerializeAsString());
  entry.set_key(number);
  EXPECT_TRUE(SignControl(key, entry).ok());
  return entry;
}

class ControlChainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(chain_.Append(Next(chain_, key_, 1, Announce(key_, 1))).ok());
  }
  void ExpectRefused(const ControlEntry& entry) {
    const uint64_t before = chain_.position();
    const std::string hash = chain_.hash();
    EXPECT_FALSE(chain_.Append(entry).ok());
    EXPECT_EQ(chain_.position(), before);
    EXPECT_EQ(chain_.hash(), hash);
  }

  const KeyPair key_ = Key('k');
  const KeyPair stranger_ = Key('x');
  ControlChain chain_;
};

TEST_F(ControlChainTest, GrowsByEntriesOfTheServer) {
  const ControlEntry entry = Next(chain_, key_, 1, SomePerson("p01"));
  EXPECT_TRUE(chain_.Append(entry).ok());
  EXPECT_EQ(chain_.position(), 2u);
  EXPECT_EQ(chain_.hash(), ControlHash(entry));
  EXPECT_EQ(chain_.hash8().size(), 8u);
  EXPECT_EQ(chain_.server_id(), std::string(16, 's'));
  EXPECT_EQ(chain_.fingerprint().size(), 16u);
  EXPECT_TRUE(chain_.IsOurs(entry));
}

TEST_F(ControlChainTest, RefusesAForgedEntry) {
  ExpectRefused(Next(chain_, stranger_, 1, SomePerson("p01")));
  ExpectRefused(Next(chain_, stranger_, 2, SomePerson("p01")));
  EXPECT_FALSE(chain_.IsOurs(Next(chain_, stranger_, 1, SomePerson("p01"))));
}

TEST_F(ControlChainTest, RefusesAGapARepeatAndABrokenLink) {
  const ControlEntry second = Next(chain_, key_, 1, SomePerson("p01"));
  ControlEntry gap = second;
  gap.set_position(3);
  ASSERT_TRUE(SignControl(key_, gap).ok());
  ExpectRefused(gap);
  ControlEntry link = second;
  link.set_previous(std::string(32, 'x'));
  ASSERT_TRUE(SignControl(key_, link).ok());
  ExpectRefused(link);
  ASSERT_TRUE(chain_.Append(second).ok());
  ExpectRefused(second);
}

TEST_F(ControlChainTest, RefusesAnEntryThatCannotBeRead) {
  ControlEntry entry = Next(chain_, key_, 1, SomePerson("p01"));
  entry.set_body("\xff\xff");
  ASSERT_TRUE(SignControl(key_, entry).ok());
  ExpectRefused(entry);
}

TEST_F(ControlChainTest, TakesANewKeyThatTheOneBeforeAnnounced) {
  const KeyPair next = Key('n');
  ExpectRefused(Next(chain_, next, 2, Rotate(chain_, next, 2)));       // by itself
  ExpectRefused(Next(chain_, key_, 1, Announce(next, 2)));             // it has not signed
  ExpectRefused(Next(chain_, key_, 1, Rotate(chain_, next, 3)));       // a number is left out
  ExpectRefused(Next(chain_, key_, 1, Rotate(chain_, next, 2, 'o')));  // another server
  ASSERT_TRUE(chain_.Append(Next(chain_, key_, 1, Rotate(chain_, next, 2))).ok());
  EXPECT_TRUE(chain_.Append(Next(chain_, next, 2, SomePerson("p01"))).ok());
  EXPECT_EQ(chain_.newest_key()->public_key(), next.public_key);
  EXPECT_EQ(chain_.AnnouncedAt(2), 2u);
  EXPECT_EQ(chain_.KeyAt(1), 1u);
  EXPECT_EQ(chain_.KeyAt(2), 2u);
  EXPECT_EQ(chain_.KeyAt(99), 2u);
}

TEST_F(ControlChainTest, LetsAnOldKeyAddNothing) {
  const KeyPair next = Key('n');
  const ControlChain before = chain_;
  const ControlEntry rotation = Next(chain_, key_, 1, Rotate(chain_, next, 2));
  ASSERT_TRUE(chain_.Append(rotation).ok());
  ExpectRefused(Next(chain_, key_, 1, SomePerson("p01")));
  ExpectRefused(Next(chain_, key_, 1, Rotate(chain_, stranger_, 2)));  // the number is taken
  ExpectRefused(Next(chain_, key_, 1, Rotate(chain_, stranger_, 3)));
  ExpectRefused(Next(chain_, next, 2, Rotate(before, stranger_, 3)));  // signed for another place
}

// What somebody brings of another branch: an old key alone is not enough.
TEST_F(ControlChainTest, BelievesWhatTheNewestKeyStandsForAndNoMore) {
  const KeyPair next = Key('n');
  ControlChain lost = chain_;  // a branch that a restore took away
  const ControlEntry person = Next(lost, key_, 1, SomePerson("p01"));
  ASSERT_TRUE(lost.Append(person).ok());
  const ControlEntry rotation = Next(lost, key_, 1, Rotate(lost, next, 2));
  ASSERT_TRUE(lost.Append(rotation).ok());
  const ControlEntry after = Next(lost, next, 2, SomePerson("p02"));
  ControlChain own = chain_;
  ASSERT_TRUE(own.Append(Next(own, key_, 1, Rotate(own, next, 2))).ok());
  EXPECT_EQ(own.Believed({person, rotation, after}), std::vector<bool>({true, true, true}));
  EXPECT_EQ(own.Believed({person, rotation}), std::vector<bool>({true, true}));
  EXPECT_EQ(own.Believed({after}), std::vector<bool>({true}));
  EXPECT_EQ(own.Believed({person}), std::vector<bool>({false}));
  const ControlEntry forged = Next(chain_, key_, 1, SomePerson("mallory"));
  EXPECT_EQ(own.Believed({forged, rotation, after}), std::vector<bool>({false, true, true}));
  ControlEntry altered = rotation;
  altered.set_previous(ControlHash(forged));
  ASSERT_TRUE(SignControl(key_, altered).ok());
  EXPECT_EQ(own.Believed({forged, altered}), std::vector<bool>({false, false}));
  EXPECT_EQ(chain_.Believed({forged}), std::vector<bool>({true})) << "while it is the newest";
}

TEST_F(ControlChainTest, ForeseesKeysThatAreAnnouncedFurtherOn) {
  const KeyPair second = Key('n');
  const KeyPair third = Key('m');
  ControlChain ahead = chain_;
  ASSERT_TRUE(ahead.Append(Next(ahead, key_, 1, SomePerson("p01"))).ok());
  const ControlEntry two = Next(ahead, key_, 1, Rotate(ahead, second, 2));
  ASSERT_TRUE(ahead.Append(two).ok());
  const ControlEntry three = Next(ahead, second, 2, Rotate(ahead, third, 3));
  ASSERT_TRUE(ahead.Append(three).ok());
  const ControlEntry entry = Next(ahead, third, 3, SomePerson("p02"));
  EXPECT_FALSE(chain_.IsOurs(entry));
  EXPECT_TRUE(chain_.Foreseeing({two, three}).IsOurs(entry));
  EXPECT_FALSE(chain_.Foreseeing({three}).IsOurs(entry));
  ControlChain forged = chain_;
  const ControlEntry bare = Next(forged, key_, 1, Announce(stranger_, 2));
  EXPECT_FALSE(chain_.Foreseeing({bare}).IsOurs(Next(ahead, stranger_, 2, SomePerson("p03"))));
  EXPECT_EQ(chain_.position(), 1u);
}

TEST(ControlChainStart, IsTheServersOwnKey) {
  ControlChain chain;
  const KeyPair key = Key('k');
  EXPECT_FALSE(chain.Append(Next(chain, key, 1, SomePerson("p01"))).ok());
  EXPECT_FALSE(chain.Append(Next(chain, Key('x'), 1, Announce(key, 1))).ok());
  EXPECT_EQ(chain.position(), 0u);
  EXPECT_EQ(chain.newest_key(), nullptr);
  EXPECT_EQ(chain.fingerprint(), "");
}

}  // namespace
}  // namespace dudao::sync
