#include "schema_rules.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dudao/options/v1/merge.pb.h"

namespace dudao::schema_check {
namespace {

namespace pb = google::protobuf;
using options::v1::FieldMerge;
using options::v1::MergeKind;

// Where in a record the walk is.
struct Place {
  std::uint32_t type_id = 0;
  std::string path;
  std::string numbers;
  bool in_element = false;
  std::vector<const pb::Descriptor*> ancestors;
};

std::string KindName(MergeKind kind) {
  constexpr absl::string_view kPrefix = "MERGE_KIND_";
  const std::string& name = options::v1::MergeKind_Name(kind);
  return name.size() > kPrefix.size() ? name.substr(kPrefix.size()) : name;
}

std::string TypeName(const pb::FieldDescriptor& field) {
  std::string name = field.type_name();
  if (field.message_type() != nullptr) {
    name = absl::StrCat("message(", field.message_type()->full_name(), ")");
  } else if (field.enum_type() != nullptr) {
    name = absl::StrCat("enum(", field.enum_type()->full_name(), ")");
  }
  return field.is_repeated() ? absl::StrCat("repeated ", name) : name;
}

FieldMerge MergeOf(const pb::FieldDescriptor& field) {
  return field.options().GetExtension(options::v1::merge);
}

bool IsRecord(const pb::Descriptor& message) {
  return message.options().HasExtension(options::v1::record);
}

bool IsMessage(const pb::FieldDescriptor& field) { return field.message_type() != nullptr; }

class Walk {
 public:
  explicit Walk(SchemaReport* report) : report_(*report) {}

  void Record(const pb::Descriptor& message) {
    const std::uint32_t id = message.options().GetExtension(options::v1::record).type_id();
    if (id == 0) Refuse(message.full_name(), "record has no type_id");
    const auto [known, is_new] = records_.emplace(id, message.full_name());
    if (!is_new) {
      Refuse(message.full_name(),
             absl::StrCat("type_id ", id, " is already taken by ", known->second));
    }
    Merged(message, Place{id, message.name(), "", false, {}});
  }

 private:
  void Refuse(absl::string_view path, absl::string_view reason) {
    report_.problems.push_back(absl::StrCat(path, ": ", reason));
  }

  // Fields that merge: those of a record and of the elements of its keyed lists.
  void Merged(const pb::Descriptor& message, const Place& at) {
    Reserved(message, at);
    int lifecycles = 0;
    for (int i = 0; i < message.field_count(); ++i) {
      const pb::FieldDescriptor& field = *message.field(i);
      const Place here = Below(at, field);
      const FieldMerge merge = MergeOf(field);
      Note(here, field, KindName(merge.kind()));
      if (merge.kind() == options::v1::MERGE_KIND_LIFECYCLE && ++lifecycles > 1) {
        Refuse(here.path, "a record has one life cycle at most");
      }
      Field(field, merge, here);
    }
  }

  void Field(const pb::FieldDescriptor& field, const FieldMerge& merge, const Place& here) {
    if (field.is_map()) return Refuse(here.path, "map fields cannot merge; use a keyed list");
    if (field.real_containing_oneof() != nullptr) {
      return Refuse(here.path, "a oneof cannot merge; put it into a message of kind ATOMIC");
    }
    if (merge.kind() == options::v1::MERGE_KIND_UNSPECIFIED)
      return Refuse(here.path, "no merge kind");
    if (!merge.key().empty() && merge.kind() != options::v1::MERGE_KIND_KEYED) {
      return Refuse(here.path, "only a keyed list has a key");
    }
    if (IsMessage(field) && IsRecord(*field.message_type())) {
      return Refuse(here.path, "a record cannot contain a record; refer to it by its id");
    }
    if (field.is_repeated()) return Repeated(field, merge, here);
    if (IsMessage(field)) return SingularMessage(field, merge, here);
    SingularScalar(field, merge, here);
  }

  void Repeated(const pb::FieldDescriptor& field, const FieldMerge& merge, const Place& here) {
    if (!IsMessage(field)) {
      if (merge.kind() != options::v1::MERGE_KIND_SET)
        Refuse(here.path, "a repeated scalar must be of kind SET");
      return;
    }
    const pb::Descriptor& element = *field.message_type();
    if (merge.kind() != options::v1::MERGE_KIND_KEYED) {
      return Refuse(here.path, "a repeated message must be of kind KEYED");
    }
    if (here.in_element)
      return Refuse(here.path, "a keyed list inside a keyed list cannot merge in this version");
    const pb::FieldDescriptor* key = element.FindFieldByName(merge.key());
    if (key == nullptr) {
      return Refuse(here.path,
                    absl::StrCat("key \"", merge.key(), "\" is no field of ", element.full_name()));
    }
    if (key->number() != 1 || key->is_repeated() ||
        key->type() != pb::FieldDescriptor::TYPE_STRING ||
        MergeOf(*key).kind() != options::v1::MERGE_KIND_FIXED) {
      return Refuse(here.path, absl::StrCat("key \"", merge.key(),
                                            "\" must be field 1, a string of kind FIXED"));
    }
    Place inside = here;
    inside.in_element = true;
    Merged(element, inside);
  }

  void SingularMessage(const pb::FieldDescriptor& field, const FieldMerge& merge,
                       const Place& here) {
    if (merge.kind() != options::v1::MERGE_KIND_ATOMIC) {
      return Refuse(here.path, "a singular message must be of kind ATOMIC");
    }
    Parts(*field.message_type(), here);
  }

  void SingularScalar(const pb::FieldDescriptor& field, const FieldMerge& merge,
                      const Place& here) {
    if (!field.has_presence()) Refuse(here.path, "a merged scalar must be optional");
    switch (merge.kind()) {
      case options::v1::MERGE_KIND_REGISTER:
      case options::v1::MERGE_KIND_FIXED:
      case options::v1::MERGE_KIND_ISSUED:
        return;
      case options::v1::MERGE_KIND_TEXT:
        if (field.type() != pb::FieldDescriptor::TYPE_STRING)
          Refuse(here.path, "kind TEXT needs a string");
        return;
      case options::v1::MERGE_KIND_COUNTER:
        if (field.type() != pb::FieldDescriptor::TYPE_INT64)
          Refuse(here.path, "kind COUNTER needs an int64");
        return;
      case options::v1::MERGE_KIND_LIFECYCLE:
        if (field.enum_type() == nullptr) Refuse(here.path, "kind LIFECYCLE needs an enum");
        if (here.in_element) Refuse(here.path, "only the record itself has a life cycle");
        return;
      default:
        Refuse(here.path,
               absl::StrCat("kind ", KindName(merge.kind()), " does not fit a singular scalar"));
    }
  }

  // Fields inside an atomic value: they do not merge, but their numbers and types are frozen too.
  void Parts(const pb::Descriptor& message, const Place& at) {
    for (const pb::Descriptor* ancestor : at.ancestors) {
      if (ancestor == &message) return Refuse(at.path, "a message cannot contain itself");
    }
    Reserved(message, at);
    for (int i = 0; i < message.field_count(); ++i) {
      const pb::FieldDescriptor& field = *message.field(i);
      Place here = Below(at, field);
      here.ancestors.push_back(&message);
      Note(here, field, "PART");
      if (field.is_map()) {
        Refuse(here.path, "map fields have no fixed order; use a repeated message");
      } else if (MergeOf(field).kind() != options::v1::MERGE_KIND_UNSPECIFIED) {
        Refuse(here.path, "a part of an atomic value has no merge kind of its own");
      } else if (IsMessage(field)) {
        Parts(*field.message_type(), here);
      } else if (!field.is_repeated() && !field.has_presence()) {
        Refuse(here.path, "a scalar must be optional");
      }
    }
  }

  static Place Below(const Place& at, const pb::FieldDescriptor& field) {
    Place here = at;
    here.path = absl::StrCat(at.path, ".", field.name());
    here.numbers = at.numbers.empty() ? absl::StrCat(field.number())
                                      : absl::StrCat(at.numbers, ".", field.number());
    return here;
  }

  void Note(const Place& here, const pb::FieldDescriptor& field, std::string kind) {
    report_.fields.push_back(
        {here.type_id, here.path, here.numbers, TypeName(field), std::move(kind)});
  }

  void Reserved(const pb::Descriptor& message, const Place& at) {
    for (int i = 0; i < message.reserved_range_count(); ++i) {
      const pb::Descriptor::ReservedRange& range = *message.reserved_range(i);
      for (int n = range.start; n < range.end && n < range.start + 1000; ++n) {
        report_.reserved.push_back(
            absl::StrCat(at.type_id, " ", at.numbers, at.numbers.empty() ? "" : ".", n));
      }
    }
  }

  SchemaReport& report_;
  std::map<std::uint32_t, std::string> records_;
};

void Records(const pb::Descriptor& message, Walk* walk) {
  if (IsRecord(message)) walk->Record(message);
  for (int i = 0; i < message.nested_type_count(); ++i) Records(*message.nested_type(i), walk);
}

}  // namespace

SchemaReport CheckSchema(const std::vector<const pb::FileDescriptor*>& files) {
  SchemaReport report;
  Walk walk(&report);
  for (const pb::FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) Records(*file->message_type(i), &walk);
  }
  return report;
}

}  // namespace dudao::schema_check
