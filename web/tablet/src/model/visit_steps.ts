// The steps of a visit as one walks through them: header, method, the form's sections, findings, photos, feedback, submission.
import type { GetVisitViewResponse, SectionView } from '@dudao/shared/gen/dudao/client/v1/work_pb';
import { t } from '../text';

export interface Step {
  id: string;
  title: string;
  // What is said beside the title, e.g. "3/5".
  note: string;
  state: 'none' | 'open' | 'done' | 'bad';
  section: SectionView | null;
}

// Which step shows the field of a path.
export function stepOfPath(path: string, view: GetVisitViewResponse): string {
  const check = /^check_(?:items|extras)\[([A-Z]\d+)/.exec(path)?.[1];
  if (check !== undefined) return view.sections.find((section) => section.items.some((item) => item.code === check))?.code ?? 'head';
  if (/^(docs_checked|sites_seen|interviews|spot_questions|sample_seed)/.test(path)) return 'method';
  if (path.startsWith('findings')) return 'findings';
  if (path.startsWith('evidence')) return 'photos';
  if (path.startsWith('lookback_items')) return view.sections.find((section) => section.items.some((item) => item.answerKind === 4))?.code ?? 'head';
  if (/^(feedback|unit_|objection|lead_signature)/.test(path)) return 'feedback';
  return 'head';
}

export function stepsOf(view: GetVisitViewResponse): Step[] {
  const blocked = new Map<string, number>();
  for (const issue of view.issues) {
    if (issue.blocking) blocked.set(stepOfPath(issue.path, view), (blocked.get(stepOfPath(issue.path, view)) ?? 0) + 1);
  }
  const plain = (id: string, title: string, note = ''): Step => ({ id, title, note, state: blocked.has(id) ? 'open' : 'none', section: null });
  const steps = [plain('head', t('tablet.step.head')), plain('method', t('tablet.step.method'))];
  for (const section of view.sections) {
    const done = section.required > 0 && section.answered >= section.required;
    steps.push({
      id: section.code,
      title: section.title,
      note: section.required > 0 ? `${section.answered}/${section.required}` : '',
      state: done ? 'done' : section.required > 0 ? 'open' : 'none',
      section,
    });
  }
  const photos = view.evidence.filter((entry) => entry.evidence?.removed === undefined).length;
  steps.push(plain('findings', t('tablet.step.findings'), view.findings.length > 0 ? String(view.findings.length) : ''));
  steps.push(plain('photos', t('tablet.step.photos'), photos > 0 ? String(photos) : ''));
  steps.push(plain('feedback', t('tablet.step.feedback')));
  steps.push({ id: 'submit', title: view.frozen ? t('tablet.step.after') : t('tablet.step.submit'), note: '', state: view.frozen || (view.ready && view.issues.length === 0) ? 'done' : 'none', section: null });
  return steps;
}
