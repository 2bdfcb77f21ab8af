// What happened to a tablet that people should know.
#include "dudao/client/reason.h"
#include "dudao/sync/crdt/status_macros.h"
#include "trust.h"

namespace dudao::client {

absl::Status Trust::AddEvent(std::string_view reason, std::string_view space) {
  {
    DUDAO_ASSIGN(sync::Statement last, db_.Prepare("SELECT reason, space FROM client_event"
                                                   " ORDER BY number DESC LIMIT 1"));
    DUDAO_ASSIGN(const bool any, last.Step());
    if (any && last.Text(0) == reason && last.Text(1) == space) return absl::OkStatus();
  }
  DUDAO_ASSIGN(sync::Transaction transaction, sync::Transaction::Begin(db_));
  DUDAO_ASSIGN(
      sync::Statement row,
      db_.Prepare("INSERT INTO client_event (reason, time_ms, space) VALUES (?1, ?2, ?3)"));
  row.BindText(1, reason).BindInt(2, options_.seams.clock->WallMs());
  DUDAO_TRY(row.BindText(3, space).Run());
  DUDAO_ASSIGN(sync::Statement drop, db_.Prepare("DELETE FROM client_event WHERE number <="
                                                 " (SELECT max(number) FROM client_event) - 200"));
  DUDAO_TRY(drop.Run());
  return transaction.Commit();
}

absl::Status Trust::FillEvents(google::protobuf::RepeatedPtrField<v1::TrustEvent>* out) {
  DUDAO_ASSIGN(sync::Statement row, db_.Prepare("SELECT reason, time_ms, space FROM client_event"
                                                " ORDER BY number"));
  while (true) {
    DUDAO_ASSIGN(const bool any, row.Step());
    if (!any) return absl::OkStatus();
    v1::TrustEvent* event = out->Add();
    event->set_reason(std::string(row.Text(0)));
    event->set_time_ms(row.Int(1));
    event->set_space(std::string(row.Text(2)));
    const ReasonText text = TextOf(event->reason());
    event->set_text_zh(text.zh);
    event->set_text_en(text.en);
  }
}

}  // namespace dudao::client
