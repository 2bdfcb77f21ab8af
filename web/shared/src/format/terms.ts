// Which word of the catalogue stands for which number of the contract. A number that is not known here (a newer server)
// is said as such, never hidden.
import { FixSource, UnitType } from '../gen/dudao/records/v1/common_pb';
import { LimitUnit, RectificationState } from '../gen/dudao/records/v1/rectification_pb';
import { PersonRole } from '../gen/dudao/records/v1/reference_pb';
import { CheckResult, FindingLevel, LookbackResult } from '../gen/dudao/records/v1/visit_checks_pb';
import { EvidenceKind } from '../gen/dudao/records/v1/visit_evidence_pb';
import { VisitMode, VisitState } from '../gen/dudao/records/v1/visit_pb';
import { Light } from '../gen/dudao/review/v1/rectification_pb';
import { type Language, type TextKey, translate } from '../texts/index';

type Words = Readonly<Record<number, TextKey>>;

export const UNIT_TYPE: Words = {
  [UnitType.VILLAGE]: 'unitType.village',
  [UnitType.COMMUNITY]: 'unitType.community',
  [UnitType.TOWNSHIP]: 'unitType.township',
  [UnitType.DEPARTMENT]: 'unitType.department',
  [UnitType.TASK_FORCE]: 'unitType.taskForce',
  [UnitType.COUNTY]: 'unitType.county',
};

export const VISIT_STATE: Words = {
  [VisitState.DRAFT]: 'visitState.draft',
  [VisitState.SUBMITTED]: 'visitState.submitted',
  [VisitState.CONFIRMED]: 'visitState.confirmed',
  [VisitState.RETURNED]: 'visitState.returned',
  [VisitState.MERGED]: 'visitState.merged',
  [VisitState.DISMISSED]: 'visitState.dismissed',
  [VisitState.DELETED]: 'visitState.deleted',
};

export const VISIT_MODE: Words = {
  [VisitMode.ANNOUNCED]: 'visitMode.announced',
  [VisitMode.UNDISCLOSED]: 'visitMode.undisclosed',
  [VisitMode.DIRECT]: 'visitMode.direct',
  [VisitMode.LOOK_BACK]: 'visitMode.lookBack',
  [VisitMode.SPECIAL]: 'visitMode.special',
  [VisitMode.REMOTE]: 'visitMode.remote',
  [VisitMode.FACT_FINDING]: 'visitMode.factFinding',
};

export const CHECK_RESULT: Words = {
  [CheckResult.UNSPECIFIED]: 'result.none',
  [CheckResult.YES]: 'result.yes',
  [CheckResult.PARTLY]: 'result.partly',
  [CheckResult.NO]: 'result.no',
  [CheckResult.NOT_APPLICABLE]: 'result.notApplicable',
};

export const FINDING_LEVEL: Words = {
  [FindingLevel.UNSPECIFIED]: 'level.none',
  [FindingLevel.AT_ONCE]: 'level.atOnce',
  [FindingLevel.ORDINARY]: 'level.ordinary',
  [FindingLevel.SERIOUS]: 'level.serious',
  [FindingLevel.LONG_TERM]: 'level.longTerm',
};

export const LOOKBACK_RESULT: Words = {
  [LookbackResult.DONE]: 'lookback.done',
  [LookbackResult.PARTLY]: 'lookback.partly',
  [LookbackResult.NOT_DONE]: 'lookback.notDone',
  [LookbackResult.RELAPSED]: 'lookback.relapsed',
};

export const RECTIFICATION_STATE: Words = {
  [RectificationState.UNSPECIFIED]: 'rectification.inbox',
  [RectificationState.RETURNED]: 'rectification.returned',
  [RectificationState.DISMISSED]: 'rectification.dismissed',
  [RectificationState.MERGED]: 'rectification.merged',
  [RectificationState.CONFIRMED]: 'rectification.confirmed',
  [RectificationState.ISSUED]: 'rectification.issued',
  [RectificationState.RECEIVED]: 'rectification.received',
  [RectificationState.RECTIFYING]: 'rectification.rectifying',
  [RectificationState.PENDING_CHECK]: 'rectification.pendingCheck',
  [RectificationState.REWORK]: 'rectification.rework',
  [RectificationState.CLOSED]: 'rectification.closed',
  [RectificationState.PARKED]: 'rectification.parked',
  [RectificationState.REVIEW_REQUESTED]: 'rectification.reviewRequested',
  [RectificationState.CANCELLED]: 'rectification.cancelled',
  [RectificationState.REOPENED]: 'rectification.reopened',
};

export const LIGHT: Words = {
  [Light.GREEN]: 'light.green',
  [Light.YELLOW]: 'light.yellow',
  [Light.RED]: 'light.red',
};

export const LIMIT_UNIT: Words = {
  [LimitUnit.CALENDAR_DAY]: 'limitUnit.calendarDay',
  [LimitUnit.WORKING_DAY]: 'limitUnit.workingDay',
  [LimitUnit.WORKING_HOUR]: 'limitUnit.workingHour',
  [LimitUnit.MONTH]: 'limitUnit.month',
};

export const PERSON_ROLE: Words = {
  [PersonRole.INSPECTOR]: 'role.inspector',
  [PersonRole.LEAD]: 'role.lead',
  [PersonRole.REVIEWER]: 'role.reviewer',
  [PersonRole.LEADER]: 'role.leader',
  [PersonRole.REPORTER]: 'role.reporter',
  [PersonRole.ADMIN]: 'role.admin',
};

export const EVIDENCE_KIND: Words = {
  [EvidenceKind.PHOTO]: 'evidence.photo',
  [EvidenceKind.AUDIO]: 'evidence.audio',
  [EvidenceKind.DOCUMENT_PHOTO]: 'evidence.documentPhoto',
};

export const FIX_SOURCE: Words = {
  [FixSource.SATELLITE]: 'fix.satellite',
  [FixSource.NETWORK]: 'fix.network',
  [FixSource.MANUAL]: 'fix.manual',
};

/** The word for a number of the contract. */
export function word(language: Language, words: Words, number: number | undefined): string {
  if (number === undefined) return translate(language, 'date.unknown');
  const key = words[number];
  return key === undefined ? translate(language, 'unknown.value', { number }) : translate(language, key);
}
