// `dudao device ...`: tablets enrolled, lost, found again.
#include <fstream>
#include <memory>

#include "absl/status/status.h"
#include "field_edit.h"
#include "office_commands.h"
#include "tablet_commands.h"

namespace dudao::command {
namespace {

using nlohmann::json;

struct DeviceArguments {
  std::string person;
  std::string device;
  std::string reason;
  std::string address;
  std::string svg_file;
  int minutes = 0;
};
using Arguments = std::shared_ptr<DeviceArguments>;

absl::Status Enrol(Invocation& run, Office& office, const DeviceArguments& arguments) {
  admin::v1::CreateEnrolmentRequest request;
  request.set_person_id(arguments.person);
  request.set_valid_minutes(arguments.minutes);
  request.set_server(arguments.address);
  const auto made = office.CreateEnrolment(request);
  if (!made.ok()) return made.status();
  if (!arguments.svg_file.empty()) {
    std::ofstream out(arguments.svg_file, std::ios::binary);
    out << made->qr_svg();
    if (!out.flush()) return absl::UnavailableError("cannot write " + arguments.svg_file);
  }
  if (!run.console.json()) run.console.Line(made->qr_text());
  run.console.Say(Text::kEnrolmentCode,
                  {arguments.person, made->code(), LocalMoment(made->expires_ms())});
  run.console.Line("  " + made->uri());
  run.console.Emit({{"person", arguments.person},
                    {"code", made->code()},
                    {"uri", made->uri()},
                    {"expires_ms", made->expires_ms()}});
  return absl::OkStatus();
}

json RowToJson(const admin::v1::DeviceRow& row) {
  json heads = json::array();
  for (const auto& head : row.heads()) {
    heads.push_back({{"space", head.space()},
                     {"replica", Hex(head.replica())},
                     {"seq", head.seq()},
                     {"receipt_position", head.receipt_position()},
                     {"files_missing", head.files_missing()}});
  }
  return {{"device", row.rule().device_id()},
          {"person", row.rule().person_id()},
          {"name", row.name()},
          {"state", trust::v1::DeviceState_Name(row.rule().state())},
          {"key", row.rule().key()},
          {"tablet_index", row.rule().tablet_index()},
          {"reason", row.rule().reason()},
          {"enrolled_ms", row.enrolled_ms()},
          {"last_seen_ms", row.last_seen_ms()},
          {"heads", heads}};
}

void TellDevice(Console& console, const admin::v1::DeviceRow& row) {
  const std::string seen = row.last_seen_ms() == 0 ? "-" : LocalMoment(row.last_seen_ms());
  console.Line(row.rule().device_id() + "  " + row.rule().person_id() + "  " + row.name() + "  " +
               EnumForPeople(trust::v1::DeviceState_Name(row.rule().state())) + "  " + seen);
  for (const auto& head : row.heads()) {
    console.Say(Text::kDeviceHead,
                {head.space(), std::to_string(head.seq()), std::to_string(head.receipt_position()),
                 std::to_string(head.files_missing())});
  }
}

absl::Status List(Invocation& run, Office& office, const DeviceArguments& arguments) {
  admin::v1::ListDevicesRequest request;
  request.set_person_id(arguments.person);
  return ForEachRow(
      request, [&](const auto& page) { return office.ListDevices(page); },
      [&](const admin::v1::DeviceRow& row) {
        TellDevice(run.console, row);
        run.console.Emit(RowToJson(row));
        return absl::OkStatus();
      });
}

absl::Status Revoke(Invocation& run, Office& office, const DeviceArguments& arguments) {
  admin::v1::RevokeDeviceRequest request;
  request.set_device_id(arguments.device);
  request.set_reason(arguments.reason);
  const auto revoked = office.RevokeDevice(request);
  if (!revoked.ok()) return revoked.status();
  run.console.Say(Text::kDeviceRevoked, {arguments.device});
  TellDevice(run.console, revoked->device());
  json missing = json::array();
  for (const auto& file : revoked->missing_files()) {
    run.console.Say(Text::kFileMissing,
                    {file.visit_temp_no(), file.space(), Hex(file.hash()).substr(0, 12)});
    missing.push_back(
        {{"space", file.space()}, {"visit", file.visit_temp_no()}, {"sha256", Hex(file.hash())}});
  }
  run.console.Say(Text::kDeclaredMissing, {std::to_string(missing.size())});
  run.console.Emit({{"device", RowToJson(revoked->device())},
                    {"control_position", revoked->control_position()},
                    {"missing_files", missing}});
  return absl::OkStatus();
}

CLI::App* AddDevice(CommandTable& table, CLI::App& parent, const char* name, Text about,
                    const std::string& examples, const Arguments& arguments,
                    absl::Status (*work)(Invocation&, Office&, const DeviceArguments&)) {
  return AddOffice(
      table, parent, name, about, examples,
      [arguments, work](Invocation& run, Office& office) { return work(run, office, *arguments); });
}

}  // namespace

void AddDeviceCommands(CommandTable& table) {
  CLI::App* device = table.Add(table.root(), "device", Text::kAboutDevice,
                               "  dudao device enrol p07\n"
                               "  dudao device list\n"
                               "  dudao device revoke DEVICE --reason 遗失");
  device->require_subcommand(1);
  auto arguments = std::make_shared<DeviceArguments>();
  CLI::App* enrol = AddDevice(table, *device, "enrol", Text::kAboutDeviceEnrol,
                              "  dudao device enrol p07\n"
                              "  dudao device enrol p07 --minutes 1440 --qr p07.svg",
                              arguments, Enrol);
  enrol->add_option("PERSON", arguments->person, table.Words(Text::kOptionPerson))->required();
  enrol->add_option("--minutes", arguments->minutes, table.Words(Text::kOptionMinutes))
      ->check(CLI::Range(1, 10080));
  enrol->add_option("--address", arguments->address, table.Words(Text::kOptionTabletAddress));
  enrol->add_option("--qr", arguments->svg_file, table.Words(Text::kOptionQr));
  CLI::App* list =
      AddDevice(table, *device, "list", Text::kAboutDeviceList,
                "  dudao device list\n  dudao device list --person p07", arguments, List);
  list->add_option("--person", arguments->person, table.Words(Text::kOptionPerson));
  CLI::App* revoke = AddDevice(table, *device, "revoke", Text::kAboutDeviceRevoke,
                               "  dudao device revoke DEVICE --reason 遗失", arguments, Revoke);
  revoke->add_option("DEVICE", arguments->device, table.Words(Text::kOptionDeviceId))->required();
  revoke->add_option("--reason", arguments->reason, table.Words(Text::kOptionWhy))->required();
}

}  // namespace dudao::command
