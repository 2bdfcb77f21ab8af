// schema_check: refuses a schema whose records cannot merge, or that changed what already travels
// in changes. Usage: schema_check --descriptors FILE --lock FILE [--update]
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "schema_lock.h"
#include "schema_rules.h"

namespace {

namespace pb = google::protobuf;
using dudao::schema_check::AppendToLock;
using dudao::schema_check::CheckSchema;
using dudao::schema_check::CompareWithLock;
using dudao::schema_check::FieldFact;
using dudao::schema_check::LockReport;
using dudao::schema_check::ParseLock;
using dudao::schema_check::SchemaReport;

constexpr char kUsage[] =
    "usage: schema_check --descriptors FILE --lock FILE [--update]\n"
    "  --descriptors FILE  descriptor set (protoc --include_imports --descriptor_set_out=FILE)\n"
    "  --lock FILE         the committed lock file (proto/schema.lock)\n"
    "  --update            append new fields to the lock file; nothing else can be changed\n";

struct Arguments {
  std::string descriptors;
  std::string lock;
  bool update = false;
};

std::optional<Arguments> ParseArguments(const std::vector<std::string>& args) {
  Arguments out;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--update") {
      out.update = true;
    } else if (args[i] == "--descriptors" && i + 1 < args.size()) {
      out.descriptors = args[++i];
    } else if (args[i] == "--lock" && i + 1 < args.size()) {
      out.lock = args[++i];
    } else {
      return std::nullopt;
    }
  }
  if (out.descriptors.empty() || out.lock.empty()) return std::nullopt;
  return out;
}

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

int Print(const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) std::cerr << "schema_check: " << problem << "\n";
  return problems.empty() ? 0 : 1;
}

int CheckLock(const Arguments& args, const SchemaReport& schema) {
  const std::string text = ReadFile(args.lock).value_or("");
  const auto locked = ParseLock(text);
  if (!locked.ok()) return Print({std::string(locked.status().message())});
  const LockReport lock = CompareWithLock(*locked, schema);
  if (!lock.problems.empty()) return Print(lock.problems);
  if (lock.new_fields.empty()) return 0;
  if (!args.update) {
    std::vector<std::string> problems;
    for (const FieldFact& fact : lock.new_fields) {
      problems.push_back(fact.path + ": not in " + args.lock + "; add it with --update");
    }
    return Print(problems);
  }
  std::ofstream out(args.lock, std::ios::binary | std::ios::trunc);
  out << AppendToLock(text, lock.new_fields);
  if (!out.flush()) return Print({"cannot write " + args.lock});
  std::cout << "schema_check: " << lock.new_fields.size() << " new fields locked\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto args = ParseArguments(std::vector<std::string>(argv + 1, argv + argc));
  if (!args) {
    std::cerr << kUsage;
    return 2;
  }
  const auto bytes = ReadFile(args->descriptors);
  pb::FileDescriptorSet set;
  if (!bytes || !set.ParseFromString(*bytes))
    return Print({"cannot read descriptors from " + args->descriptors});
  pb::DescriptorPool pool;
  std::vector<const pb::FileDescriptor*> files;
  for (const pb::FileDescriptorProto& file : set.file()) {
    files.push_back(pool.BuildFile(file));
    if (files.back() == nullptr) return Print({"cannot build " + file.name()});
  }
  const SchemaReport schema = CheckSchema(files);
  if (!schema.problems.empty()) return Print(schema.problems);
  return CheckLock(*args, schema);
}
