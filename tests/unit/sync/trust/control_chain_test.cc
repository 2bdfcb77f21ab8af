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

TEST_F(ControlChainTest, TakesANewKeyThatAnOlderOneAnnounced) {
  const KeyPair next = Key('n');
  ExpectRefused(Next(chain_, next, 2, Announce(next, 2)));  // by itself
  ASSERT_TRUE(chain_.Append(Next(chain_, key_, 1, Announce(next, 2))).ok());
  EXPECT_TRUE(chain_.Append(Next(chain_, next, 2, SomePerson("p01"))).ok());
  EXPECT_EQ(chain_.newest_key()->public_key(), next.public_key);
  ExpectRefused(Next(chain_, key_, 1, Announce(stranger_, 2)));       // the number is taken
  ExpectRefused(Next(chain_, key_, 1, Announce(stranger_, 3, 'o')));  // another server
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
