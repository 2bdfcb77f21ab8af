#include "world.h"

#include <gtest/gtest.h>

#include <utility>

namespace dudao::client {

Tablet::Tablet(const std::string& person, records::v1::PersonRole role) : random_(person) {
  options_.database_path = FreshPath(person);
  options_.person_id = person;
  options_.device_name = person + "-tablet";
  options_.role = role;
  options_.seams = {&clock, &random_, &token};
  Restart();
}

void Tablet::Restart() { MustBeOk(TryRestart(options_.pin)); }

absl::Status Tablet::TryRestart(const std::string& pin) {
  client_.reset();
  options_.pin = pin;
  auto opened = Client::Open(options_);
  if (!opened.ok()) return opened.status();
  client_ = *std::move(opened);
  return absl::OkStatus();
}

v1::SyncFinished Tablet::Sync(Office& office, bool blobs, const FateOf& fate) {
  v1::BeginSyncRequest begin;
  begin.add_spaces(kSpace);
  begin.set_include_blobs(blobs);
  Must(client_->BeginSync(begin));
  return Must(Run(office, fate));
}

v1::SyncFinished Tablet::SyncAll(Office& office, bool blobs, const FateOf& fate) {
  v1::BeginSyncRequest begin;
  begin.set_include_blobs(blobs);
  Must(client_->BeginSync(begin));
  return Must(Run(office, fate));
}

v1::SyncFinished Tablet::Enrol(Office& office, const std::string& code, const FateOf& fate) {
  v1::BeginEnrolRequest begin;
  begin.set_code(code);
  Must(client_->BeginEnrol(begin));
  return Must(Run(office, fate));
}

absl::StatusOr<v1::SyncFinished> Tablet::Run(Office& office, const FateOf& fate) {
  for (size_t number = 0; number < 10'000;) {
    const auto step = client_->Poll({});
    if (!step.ok()) return step.status();
    if (step->has_finished()) return step->finished();
    if (!step->has_call()) continue;
    v1::DeliverRequest outcome;
    outcome.set_call_id(step->call().call_id());
    const Fate what = fate(number++);
    v1::CallError error;
    error.set_code(14);
    error.set_message("no network");
    absl::StatusOr<std::string> answer = absl::UnavailableError("no network");
    v1::CallError unheard;
    if (what == Fate::kTwice) (void)office.Serve(step->call(), &unheard);
    if (what == Fate::kAnswerLost) (void)office.Serve(step->call(), &unheard);
    if (what == Fate::kArrives || what == Fate::kTwice) answer = office.Serve(step->call(), &error);
    if (answer.ok()) {
      outcome.set_response(*answer);
    } else {
      *outcome.mutable_error() = error;
    }
    if (const auto delivered = client_->Deliver(outcome); !delivered.ok())
      return delivered.status();
  }
  return absl::InternalError("the sync does not end");
}

void Tablet::Set(const v1::RecordRef& record, const std::string& path, const std::string& text) {
  v1::EditRequest edit;
  *edit.mutable_record() = record;
  *edit.add_edits() = SetText(path, text);
  Must(client_->Edit(edit));
}

v1::GetRecordResponse Tablet::Get(const v1::RecordRef& record) {
  v1::GetRecordRequest get;
  *get.mutable_record() = record;
  return Must(client_->GetRecord(get));
}

std::string Tablet::Digest(const std::string& space) {
  v1::GetStateDigestRequest request;
  request.set_space(space);
  return Must(client_->GetStateDigest(request)).digest();
}

v1::RecordRef Record(uint32_t type, const std::string& key, const std::string& space) {
  v1::RecordRef ref;
  ref.set_space(space);
  ref.set_type_id(type);
  ref.set_key(key);
  return ref;
}

v1::FieldEdit SetText(const std::string& path, const std::string& text) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_set()->set_text(text);
  return edit;
}

v1::FieldEdit SetInteger(const std::string& path, int64_t number) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_set()->set_integer(number);
  return edit;
}

v1::FieldEdit AddText(const std::string& path, const std::string& text) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_add()->mutable_value()->set_text(text);
  return edit;
}

v1::FieldEdit AddAt(const std::string& path) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_add();
  return edit;
}

v1::FieldEdit RemoveAt(const std::string& path) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.mutable_remove();
  return edit;
}

v1::FieldEdit Increment(const std::string& path, int64_t by) {
  v1::FieldEdit edit;
  edit.set_path(path);
  edit.set_increment(by);
  return edit;
}

std::unique_ptr<Tablet> EnrolledTablet(Office& office, const std::string& person,
                                       records::v1::PersonRole role) {
  office.SetPerson(person, role, "D2");
  auto tablet = std::make_unique<Tablet>(person);
  tablet->options_.person_id.clear();
  tablet->UseVault();
  tablet->Restart();
  EXPECT_TRUE(tablet->Enrol(office, office.NewCode(person)).ok());
  return tablet;
}

}  // namespace dudao::client
