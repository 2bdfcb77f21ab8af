#include "fresh_server.h"

#include <utility>

#include "password.h"
#include "private_file.h"
#include "spaces.h"

namespace dudao::command {

std::string AdminSessionFile(const ServerProcessOptions& options) {
  return options.data_directory + ".admin-session";
}

absl::StatusOr<std::string> SignInForGood(const std::string& session_file,
                                          const ServerAddress& server, const std::string& person_id,
                                          const std::string& password) {
  const auto signed_in = SignInto(session_file, server, person_id, password);
  if (!signed_in.ok()) return signed_in.status();
  if (!signed_in->must_change_password()) return password;
  identity::v1::ChangePasswordRequest change;
  change.set_old_password(password);
  change.set_new_password(MakePassword());
  const auto changed = Office(server, signed_in->session()).ChangePassword(change);
  if (!changed.ok()) return changed.status();
  return change.new_password();
}

absl::StatusOr<FreshServer> StartFreshServer(const ServerProcessOptions& options) {
  const std::string password_file = options.data_directory + ".admin-password";
  const std::string first = MakePassword();
  if (const absl::Status kept = WritePrivate(password_file, first + "\n"); !kept.ok()) return kept;
  const absl::Status set_up = SetUpServer(options, kOfficeAdmin, kOfficeAdminName, password_file);
  if (!set_up.ok()) return set_up;
  FreshServer server;
  auto started = ServerProcess::Start(options);
  if (!started.ok()) return started.status();
  server.process = *std::move(started);
  const ServerAddress address{server.process->address(), ""};
  const std::string session_file = AdminSessionFile(options);
  const auto password = SignInForGood(session_file, address, kOfficeAdmin, first);
  if (!password.ok()) return password.status();
  if (const absl::Status kept = WritePrivate(password_file, *password + "\n"); !kept.ok())
    return kept;
  auto office = OpenOffice(session_file);
  if (!office.ok()) return office.status();
  server.admin = *std::move(office);
  return server;
}

absl::StatusOr<std::string> EnrolmentCode(Office& admin, const std::string& person_id) {
  admin::v1::CreateEnrolmentRequest request;
  request.set_person_id(person_id);
  const auto made = admin.CreateEnrolment(request);
  if (!made.ok()) return made.status();
  return made->code();
}

}  // namespace dudao::command
