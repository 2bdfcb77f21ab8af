// What a row of the access log is about, for people: a record that can be opened, a page by its name, a refusal with its reason.
import type { TextKey } from '@dudao/shared/texts';

import { t } from '../core/language';

export const EVENTS = [
  'SIGNED_IN',
  'SIGN_IN_FAILED',
  'SIGNED_OUT',
  'RECORD_SHOWN',
  'LIST_SHOWN',
  'FILE_SHOWN',
  'PERSONAL_DATA_SHOWN',
  'PERSONAL_FILE_SHOWN',
  'DOCUMENT_MADE',
  'CALL_REFUSED',
  'PASSWORD_CHANGED',
  'PASSWORD_RESET',
  'ENROLMENT_MADE',
  'ENROLLED',
  'ENROL_FAILED',
  'KEY_ROTATED',
  'IDENTITY_NUMBER_FOUND',
] as const;

export interface Subject {
  /** Page of the record; empty where there is none. */
  readonly to: string;
  readonly link: string;
  readonly rest: string;
}

const PAGES: Readonly<Record<string, TextKey>> = {
  ListVisits: 'nav.visits',
  ListFindings: 'nav.findings',
  ListCoverage: 'nav.coverage',
  GetStatistics: 'nav.statistics',
  GetMonthBoard: 'nav.board',
  LEDGER_KIND_FINDINGS: 'ledger.findings',
  LEDGER_KIND_VISITS: 'ledger.visits',
  LEDGER_KIND_COVERAGE: 'ledger.coverage',
  LEDGER_KIND_ACCESS: 'ledger.access',
};

const record = (space: string, key: string, rest = ''): Subject => ({ to: `/visits/${space}/${key}`, link: t('record.title'), rest });

export function subjectOf(event: string, subject: string): Subject {
  const [head = '', ...more] = subject.split(' ');
  const rest = more.join(' ');
  if (head === 'GetFinding') {
    const [space = '', id = ''] = rest.split('/');
    return { to: `/findings/${space}/${encodeURIComponent(id)}`, link: t('finding.title'), rest: '' };
  }
  // "SPACE/10/KEY what for", with the call before it or not; type 10 is a visit.
  const [, space = '', key = '', after = ''] = /^(?:(?:GetRecord|ListHistory) )?([\w-]+)\/10\/([0-9a-f]+)(.*)$/s.exec(subject) ?? [];
  if (space !== '') return record(space, key, after);
  if (head === 'visit') {
    const [where = '', which = ''] = rest.split('/');
    return record(where, which);
  }
  const page = PAGES[head];
  if (page !== undefined) return { to: '', link: '', rest: rest === '' ? t(page) : `${t(page)} ${rest}` };
  if (event === 'CALL_REFUSED') return { to: '', link: '', rest: `${head.slice(head.lastIndexOf('/') + 1)} ${rest}` };
  return { to: '', link: '', rest: subject };
}
