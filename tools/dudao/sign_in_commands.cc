// `dudao sign-in`, `sign-out`, `password`, `whoami`: the person at this terminal.
#include <memory>

#include "certificate.h"
#include "field_edit.h"
#include "office_commands.h"
#include "password.h"
#include "spaces.h"

namespace dudao::command {
namespace {

struct SignInArguments {
  std::string server = kServerDefault;
  std::string person;
  std::string password_file;
  ServerTrust trust;
};

void TellSelf(Console& console, const identity::v1::GetSelfResponse& self) {
  console.Say(Text::kWhoAmI,
              {self.person_id(), self.name(),
               EnumForPeople(records::v1::PersonRole_Name(self.role())), self.team_id()});
}

Exit SignIn(Invocation& run, const SignInArguments& arguments) {
  const auto server = TrustedAddress(arguments.server, arguments.trust);
  if (!server.ok()) return run.console.Fail(server.status());
  const auto password = TakePassword(run.console, arguments.password_file, Text::kPromptPassword);
  if (!password.ok()) return run.console.Fail(password.status());
  const auto signed_in = SignInto(run.session_file, *server, arguments.person, *password);
  if (!signed_in.ok()) return run.console.Fail(signed_in.status());
  TellSelf(run.console, signed_in->self());
  if (signed_in->must_change_password()) run.console.Say(Text::kMustChangePassword);
  run.console.Emit({{"person", signed_in->self().person_id()},
                    {"role", records::v1::PersonRole_Name(signed_in->self().role())},
                    {"must_change_password", signed_in->must_change_password()},
                    {"expires_ms", signed_in->expires_ms()},
                    {"session_file", run.session_file}});
  return Exit::kOk;
}

absl::Status SignOut(Invocation& run, Office& office) {
  const absl::Status told = office.SignOut({}).status();
  // The session is forgotten here even where the server cannot be reached: it ends there by itself.
  if (const absl::Status forgot = ForgetSession(run.session_file); !forgot.ok()) return forgot;
  if (!told.ok() && !absl::IsUnauthenticated(told)) return told;
  run.console.Say(Text::kSignedOut);
  run.console.Emit({{"signed_out", true}});
  return absl::OkStatus();
}

struct PasswordArguments {
  std::string old_file;
  std::string new_file;
  bool generate = false;
};

absl::Status ChangePassword(Invocation& run, Office& office, const PasswordArguments& arguments) {
  identity::v1::ChangePasswordRequest request;
  const auto before = TakePassword(run.console, arguments.old_file, Text::kPromptOldPassword);
  if (!before.ok()) return before.status();
  request.set_old_password(*before);
  if (arguments.generate) {
    request.set_new_password(MakePassword());
  } else {
    const auto fresh = TakePassword(run.console, arguments.new_file, Text::kPromptNewPassword);
    if (!fresh.ok()) return fresh.status();
    request.set_new_password(*fresh);
  }
  if (const auto changed = office.ChangePassword(request); !changed.ok()) return changed.status();
  run.console.Say(Text::kPasswordChanged);
  if (!arguments.generate) {
    run.console.Emit({{"changed", true}});
    return absl::OkStatus();
  }
  run.console.Say(Text::kNewPassword, {request.new_password()});
  run.console.Emit({{"changed", true}, {"password", request.new_password()}});
  return absl::OkStatus();
}

absl::Status WhoAmI(Invocation& run, Office& office) {
  const auto self = office.GetSelf({});
  if (!self.ok()) return self.status();
  TellSelf(run.console, *self);
  run.console.Emit(MessageToJson(*self));
  return absl::OkStatus();
}

}  // namespace

void AddSignInCommands(CommandTable& table) {
  CLI::App* in =
      table.Add(table.root(), "sign-in", Text::kAboutSignIn,
                "  dudao sign-in --server 127.0.0.1:7447 --person p21\n"
                "  dudao sign-in --server office.jishan:7447 --person p21 --certificate ca.pem "
                "--password-file p21.password");
  auto arguments = std::make_shared<SignInArguments>();
  in->add_option("--server", arguments->server, table.Words(Text::kOptionServer))
      ->envname("DUDAO_SERVER");
  in->add_option("--person", arguments->person, table.Words(Text::kOptionPerson))->required();
  in->add_option("--password-file", arguments->password_file,
                 table.Words(Text::kOptionPasswordFile));
  AddTrustOptions(table, *in, arguments->trust);
  table.OnRun(in, [arguments](Invocation& run) { return SignIn(run, *arguments); });

  AddOffice(table, table.root(), "sign-out", Text::kAboutSignOut, "  dudao sign-out", SignOut);
  AddOffice(table, table.root(), "whoami", Text::kAboutWhoAmI, "  dudao whoami", WhoAmI);
  auto password = std::make_shared<PasswordArguments>();
  CLI::App* change =
      AddOffice(table, table.root(), "password", Text::kAboutPassword,
                "  dudao password\n  dudao password --old-password-file first.txt --generate",
                [password](Invocation& run, Office& office) {
                  return ChangePassword(run, office, *password);
                });
  change->add_option("--old-password-file", password->old_file,
                     table.Words(Text::kOptionPasswordFile));
  change->add_option("--new-password-file", password->new_file,
                     table.Words(Text::kOptionNewPasswordFile));
  change->add_flag("--generate", password->generate, table.Words(Text::kOptionGenerate));
}

}  // namespace dudao::command
