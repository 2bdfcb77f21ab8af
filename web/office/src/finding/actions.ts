// What may be done with a finding: which call says it, and what a person has to fill in first.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { fromHex } from '@dudao/shared/format';
import { CheckMode, LimitUnit, RectificationState } from '@dudao/shared/gen/dudao/records/v1/rectification_pb';
import { FindingLevel, LookbackResult } from '@dudao/shared/gen/dudao/records/v1/visit_checks_pb';
import {
  type AnswerFindingRequestSchema,
  type DecideFindingRequestSchema,
  type GetFindingResponse,
  RectificationService,
} from '@dudao/shared/gen/dudao/review/v1/rectification_pb';
import type { TextKey } from '@dudao/shared/texts';

import { client } from '../core/session';

export interface ActionForm {
  reason: string;
  level: FindingLevel;
  limitUnit: LimitUnit;
  limitAmount: number;
  ownerUnit: string;
  demand: string;
  problem: string;
  basis: string;
  measureId: string;
  into: string; // "space|finding id"
  receivedBy: string;
  measure: string;
  leader: string;
  person: string;
  date: string;
  days: number;
  result: string;
  extensionId: string;
  teamId: string;
  mode: CheckMode;
  lookBack: string; // "space|visit key in hex"
  conclusion: LookbackResult;
  later: string; // "space|visit key in hex|finding id"
}

export const EMPTY_FORM: ActionForm = {
  reason: '',
  level: FindingLevel.UNSPECIFIED,
  limitUnit: LimitUnit.UNSPECIFIED,
  limitAmount: 0,
  ownerUnit: '',
  demand: '',
  problem: '',
  basis: '',
  measureId: '',
  into: '',
  receivedBy: '',
  measure: '',
  leader: '',
  person: '',
  date: '',
  days: 7,
  result: '',
  extensionId: '',
  teamId: '',
  mode: CheckMode.ON_SITE,
  lookBack: '',
  conclusion: LookbackResult.UNSPECIFIED,
  later: '',
};

type DecideAction = NonNullable<MessageInitShape<typeof DecideFindingRequestSchema>['action']>;
type Answer = NonNullable<MessageInitShape<typeof AnswerFindingRequestSchema>['answer']>;

/** Names as the server lists them in `actions`. */
export interface ActionKind {
  readonly text: TextKey;
  /** Of the responsible unit; the office enters it from paper. */
  readonly answer?: boolean;
  /** What has to be filled in. */
  readonly needs: (form: ActionForm) => boolean;
}

const withReason = (form: ActionForm): boolean => form.reason.trim() !== '';

export const ACTIONS: Readonly<Record<string, ActionKind>> = {
  CONFIRM: { text: 'do.CONFIRM', needs: (form) => form.level !== FindingLevel.UNSPECIFIED && (form.limitUnit === LimitUnit.UNSPECIFIED || form.limitAmount > 0) },
  ISSUE: { text: 'do.ISSUE', needs: () => true },
  MERGE: { text: 'do.MERGE', needs: (form) => form.into !== '' },
  RETURN: { text: 'do.RETURN', needs: withReason },
  DISMISS: { text: 'do.DISMISS', needs: withReason },
  RECEIVE: { text: 'do.RECEIVE', answer: true, needs: (form) => form.receivedBy.trim() !== '' },
  PLAN: { text: 'do.PLAN', answer: true, needs: (form) => form.measure.trim() !== '' && form.person.trim() !== '' && form.date !== '' },
  ASK_EXTENSION: { text: 'do.ASK_EXTENSION', answer: true, needs: (form) => form.days > 0 && withReason(form) },
  GRANT_EXTENSION: { text: 'do.GRANT_EXTENSION', needs: () => true },
  REFUSE_EXTENSION: { text: 'do.REFUSE_EXTENSION', needs: withReason },
  REPLY: { text: 'do.REPLY', answer: true, needs: (form) => form.result.trim() !== '' && form.date !== '' },
  SEND_LOOK_BACK: { text: 'do.SEND_LOOK_BACK', needs: () => true },
  CHECK: { text: 'do.CHECK', needs: checkReady },
  CLOSE: { text: 'do.CLOSE', needs: checkReady },
  PARK: { text: 'do.PARK', needs: withReason },
  UNPARK: { text: 'do.UNPARK', needs: withReason },
  REVIEW: { text: 'do.REVIEW', answer: true, needs: withReason },
  CANCEL: { text: 'do.CANCEL', needs: withReason },
  REOPEN: { text: 'do.REOPEN', needs: (form) => withReason(form) && form.later !== '' },
};

function checkReady(form: ActionForm): boolean {
  if (form.mode === CheckMode.ON_SITE) return form.lookBack !== '';
  return form.conclusion !== LookbackResult.UNSPECIFIED && withReason({ ...form, reason: form.result });
}

const REASON_STATES: Readonly<Record<string, RectificationState>> = {
  RETURN: RectificationState.RETURNED,
  DISMISS: RectificationState.DISMISSED,
  PARK: RectificationState.PARKED,
  CANCEL: RectificationState.CANCELLED,
  UNPARK: RectificationState.RECTIFYING,
};

function visitOf(text: string): { visitSpace: string; visitKey: Uint8Array; id: string } {
  const [visitSpace = '', key = '', id = ''] = text.split('|');
  return { visitSpace, visitKey: fromHex(key) ?? new Uint8Array(), id };
}

function decisionOf(name: string, form: ActionForm): DecideAction {
  const to = REASON_STATES[name];
  if (to !== undefined) return { case: 'withReason', value: { to, reason: form.reason.trim() } };
  switch (name) {
    case 'CONFIRM': {
      const limit = form.limitUnit === LimitUnit.UNSPECIFIED ? {} : { limit: { unit: form.limitUnit, amount: form.limitAmount } };
      const { level, ownerUnit, demand, problem, basis, measureId } = form;
      return { case: 'confirm', value: { level, ownerUnit: ownerUnit.trim(), demand: demand.trim(), problem: problem.trim(), basis: basis.trim(), measureId, ...limit } };
    }
    case 'MERGE': {
      const [intoSpace = '', intoFindingId = ''] = form.into.split('|');
      return { case: 'merge', value: { intoSpace, intoFindingId, reason: form.reason.trim() } };
    }
    case 'ISSUE':
      return { case: 'issue', value: {} };
    case 'GRANT_EXTENSION':
    case 'REFUSE_EXTENSION':
      return { case: 'extension', value: { extensionId: form.extensionId, grant: name === 'GRANT_EXTENSION', reason: form.reason.trim() } };
    case 'SEND_LOOK_BACK':
      return { case: 'lookBack', value: { teamId: form.teamId, dueDate: form.date, note: form.reason.trim() } };
    case 'REOPEN': {
      const { visitSpace, visitKey, id } = visitOf(form.later);
      return { case: 'reopen', value: { visitSpace, visitKey, laterFindingId: id, reason: form.reason.trim() } };
    }
    default: {
      const { visitSpace, visitKey } = visitOf(form.lookBack);
      if (form.mode === CheckMode.ON_SITE) return { case: 'check', value: { mode: form.mode, visitSpace, visitKey, note: form.result.trim() } };
      return { case: 'check', value: { mode: CheckMode.PAPER, result: form.conclusion, note: form.result.trim() } };
    }
  }
}

function answerOf(name: string, form: ActionForm): Answer {
  switch (name) {
    case 'RECEIVE':
      return { case: 'receivedBy', value: form.receivedBy.trim() };
    case 'PLAN':
      return { case: 'plan', value: { measure: form.measure.trim(), leader: form.leader.trim(), person: form.person.trim(), plannedDate: form.date } };
    case 'ASK_EXTENSION':
      return { case: 'extension', value: { days: form.days, reason: form.reason.trim() } };
    case 'REPLY':
      return { case: 'reply', value: { result: form.result.trim(), finishedOn: form.date } };
    default:
      return { case: 'reviewReason', value: form.reason.trim() };
  }
}

export interface FindingName {
  readonly space: string;
  readonly findingId: string;
}

/** Does it; answers with the finding as it is then. */
export async function act(name: string, form: ActionForm, finding: FindingName, seen: GetFindingResponse, onBehalf: boolean): Promise<GetFindingResponse | undefined> {
  const bound = { space: finding.space, findingId: finding.findingId, context: seen.context, contentDigest: seen.contentDigest };
  if (ACTIONS[name]?.answer === true) {
    return (await client.call(RectificationService.method.answerFinding, { ...bound, onBehalf, answer: answerOf(name, form) })).finding;
  }
  return (await client.call(RectificationService.method.decideFinding, { ...bound, action: decisionOf(name, form) })).finding;
}
