#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "dudao/client/reason.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "world.h"

namespace dudao::client {
namespace {

TEST(Call, ReachesEveryMethodOfTheService) {
  Tablet alice("alice");
  // Brings the service's file in; a static library gives only what is named.
  const void* const volatile keep = &::descriptor_table_dudao_2fclient_2fv1_2fclient_2eproto;
  ASSERT_NE(keep, nullptr);
  const auto* file = v1::OpenRecordRequest::descriptor()->file()->pool()->FindServiceByName(
      "dudao.client.v1.ClientService");
  ASSERT_NE(file, nullptr);
  for (int i = 0; i < file->method_count(); ++i) {
    std::string response;
    const absl::Status status = alice->Call(file->method(i)->name(), "", &response);
    EXPECT_NE(ReasonOf(status), kMethodUnknown) << file->method(i)->name();
    EXPECT_NE(ReasonOf(status), kInternal) << file->method(i)->name() << status;
  }
}

TEST(Call, GivesErrorsWithReasonAndBothLanguages) {
  Tablet alice("alice");
  std::string response;
  const absl::Status status = alice->Call("Nonsense", "", &response);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  google::rpc::Status rpc;
  ASSERT_TRUE(rpc.ParseFromString(ToRpcStatus(status)));
  EXPECT_EQ(rpc.code(), 12);
  ASSERT_EQ(rpc.details_size(), 3);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(rpc.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), kMethodUnknown);
  EXPECT_EQ(info.domain(), "dudao");
  google::rpc::LocalizedMessage text;
  ASSERT_TRUE(rpc.details(1).UnpackTo(&text));
  EXPECT_EQ(text.locale(), "zh-CN");
  EXPECT_EQ(text.message(), "没有这个功能。");
}

TEST(Call, RefusesHostileRequests) {
  Tablet alice("alice");
  std::string response;
  for (const std::string& rubbish : {std::string("\xff\xff\xff\xff"), std::string(1 << 20, '\x0a'),
                                     std::string("\x0a\xff\xff\xff\xff\x0f")}) {
    for (const char* method :
         {"Edit", "OpenRecord", "Deliver", "AddAttachment", "ResolveConflict"}) {
      EXPECT_EQ(ReasonOf(alice->Call(method, rubbish, &response)), kMalformedRequest) << method;
    }
  }
  // Deeply nested messages end in an error, not in the stack.
  std::string nested;
  for (int i = 0; i < 100'000; ++i)
    nested = absl::StrCat("\x0a", std::string(1, '\x7f'), nested.substr(0, 127));
  EXPECT_FALSE(alice->Call("Edit", nested, &response).ok());
}

TEST(Reason, HasTextsInBothLanguagesForEveryReason) {
  for (const char* reason :
       {kMalformedRequest, kSpaceInvalid,       kTypeUnknown,      kKeyInvalid,
        kPathUnknown,      kActionUnfit,        kValueUnfit,       kValueTooLong,
        kTextNotUtf8,      kFieldsUnknown,      kTooManyEdits,     kContextInvalid,
        kPageTokenInvalid, kBlobTooLarge,       kBlobHashInvalid,  kMethodUnknown,
        kRecordNotFound,   kFormNotFound,       kConflictNotFound, kBlobNotHeld,
        kStagedNotFound,   kReferenceMissing,   kRecordExists,     kFieldFixed,
        kFieldIssued,      kFieldLifecycle,     kTooManyForms,     kStorageNewer,
        kStorageFull,      kStorageDamaged,     kStorageBusy,      kInternal,
        kPinNeeded,        kPinWrong,           kPinUnfit,         kKeyDestroyed,
        kKeyMissing,       kVaultDamaged,       kVaultAbsent,      kNotEnrolled,
        kEnrolmentRefused, kUnsentWork,         kServerUnproven,   kDeviceRevoked,
        kClockUnknown,     kCallReplayed,       kChangesUnproven,  kDeliveryUnproven,
        kReplicaReplaced,  kServerRestored,     kControlRestarted, kControlRefused,
        kReceiptInvalid,   kRevocationUnproven, kDeviceRetired,    kEnrolled}) {
    EXPECT_NE(TextOf(reason).zh, reason);
    EXPECT_NE(TextOf(reason).en, reason);
  }
}

}  // namespace
}  // namespace dudao::client
