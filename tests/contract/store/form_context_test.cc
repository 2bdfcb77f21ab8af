// An edit overwrites what its author's form showed, and nothing else.
#include "store_contract.h"

namespace dudao::testing {

using namespace dudao::sync;  // NOLINT: a test file about nothing else
using Values = std::vector<std::string>;

TEST_P(StoreContract, AValueThatArrivedAfterTheFormWasOpenedIsAConflict) {
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  Must(alice->Commit(Edit({SetText(Rec("a"), 2, "first")})));
  Pull(*alice, *bob);
  const FormContext form = Must(alice->OpenForm());
  Must(bob->Commit(Edit({SetText(Rec("a"), 2, "bob's")})));
  Pull(*bob, *alice);
  LocalEdit edit = Edit({SetText(Rec("a"), 2, "alice's")});
  edit.form = form;
  const Change change = Must(alice->Commit(edit));
  EXPECT_FALSE(change.seen.Contains({Replica('B'), 1}));
  EXPECT_EQ(Competing(*alice, Rec("a"), 2), (Values{"alice's", "bob's"}));
  Pull(*alice, *bob);
  EXPECT_EQ(Competing(*bob, Rec("a"), 2), (Values{"alice's", "bob's"}));
}

TEST_P(StoreContract, AnArrivalInAnotherRecordIsNoConflict) {
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  const FormContext form = Must(alice->OpenForm());
  Must(bob->Commit(Edit({SetText(Rec("b"), 2, "bob's")})));
  Pull(*bob, *alice);
  LocalEdit edit = Edit({SetText(Rec("a"), 2, "alice's")});
  edit.form = form;
  const Change change = Must(alice->Commit(edit));
  EXPECT_EQ(change.seen, Context(Must(bob->Delivered()))) << "contexts stay whole";
  EXPECT_TRUE(Must(alice->Conflicts({}, 10)).empty());
}

TEST_P(StoreContract, SavesOfOneFormOverwriteEachOther) {
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  FormContext form = Must(alice->OpenForm());
  LocalEdit edit = Edit({SetText(Rec("a"), 2, "draft 1")});
  edit.form = form;
  form.own.push_back(Must(alice->Commit(edit)).dot());
  Must(bob->Commit(Edit({SetText(Rec("a"), 2, "bob's")})));
  Pull(*bob, *alice);
  for (const char* text : {"draft 2", "draft 3"}) {
    edit = Edit({SetText(Rec("a"), 2, text)});
    edit.form = form;
    form.own.push_back(Must(alice->Commit(edit)).dot());
  }
  EXPECT_EQ(Competing(*alice, Rec("a"), 2), (Values{"bob's", "draft 3"}));
}

TEST_P(StoreContract, TwoFormsOfOneTabletDoNotOverwriteEachOtherUnseen) {
  OpenedStore alice = Open('A');
  const FormContext first = Must(alice->OpenForm());
  const FormContext second = Must(alice->OpenForm());
  LocalEdit edit = Edit({SetText(Rec("a"), 2, "in the first")});
  edit.form = first;
  Must(alice->Commit(edit));
  edit = Edit({SetText(Rec("a"), 2, "in the second")});
  edit.form = second;
  Must(alice->Commit(edit));
  EXPECT_EQ(Competing(*alice, Rec("a"), 2), (Values{"in the first", "in the second"}));
}

TEST_P(StoreContract, AFormFromBeforeARestartKeepsItsContext) {
  OpenedStore bob = Open('B');
  Must(bob->Commit(Edit({SetText(Rec("a"), 2, "bob's")})));
  FormContext form;
  {
    OpenedStore alice = Open('A');
    form = Must(alice->OpenForm());
    Pull(*bob, *alice);
  }
  OpenedStore alice = Open('A');
  LocalEdit edit = Edit({SetText(Rec("a"), 2, "alice's")});
  edit.form = form;
  Must(alice->Commit(edit));
  EXPECT_EQ(Competing(*alice, Rec("a"), 2), (Values{"alice's", "bob's"}));
}

TEST_P(StoreContract, AFormThatClaimsToHaveSeenTheFutureStillSaves) {
  OpenedStore alice = Open('A');
  OpenedStore bob = Open('B');
  Must(bob->Commit(Edit({SetText(Rec("a"), 2, "bob's")})));
  Pull(*bob, *alice);
  FormContext form;
  form.seen.Set(Replica('A'), 7);
  form.own = {{Replica('A'), 1}, {Replica('A'), 9}};
  LocalEdit edit = Edit({SetText(Rec("a"), 2, "alice's")});
  edit.form = form;
  const Change change = Must(alice->Commit(edit));
  EXPECT_FALSE(change.seen.Contains(change.dot()));
  EXPECT_EQ(Competing(*alice, Rec("a"), 2), (Values{"alice's", "bob's"}));
}

}  // namespace dudao::testing
