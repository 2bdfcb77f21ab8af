// What people call a field that a path names.
import type { GetVisitViewResponse } from '@dudao/shared/gen/dudao/client/v1/work_pb';
import { isTextKey } from '@dudao/shared/texts';
import { t } from '../text';

function plainName(field: string): string {
  const key = `field.${field}`;
  return isTextKey(key) ? t(key) : field;
}

export function fieldName(path: string, view: GetVisitViewResponse | null): string {
  if (path === '') return t('field.record');
  const match = /^(\w+)(?:\[((?:\\.|[^\]])*)\])?(?:\.(\w+))?/.exec(path);
  if (match === null) return path;
  const [, list = '', key, field] = match;
  const what = field === undefined ? '' : ` · ${plainName(field)}`;
  if (key === undefined) return plainName(list) + what;
  if (list === 'check_items') {
    const item = view?.sections.flatMap((section) => section.items).find((entry) => entry.code === key);
    return `${key} ${item?.label ?? ''}${field === 'result' ? '' : what}`.trim();
  }
  if (list === 'check_extras') {
    const code = key.split('.')[0] ?? key;
    const input = view?.sections.flatMap((section) => section.items).flatMap((item) => item.inputs).find((entry) => entry.path.includes(`[${key}]`));
    return `${code} ${input?.label ?? key}`;
  }
  if (list === 'findings') {
    const finding = view?.findings.find((entry) => entry.finding?.id === key)?.finding;
    return `${plainName('findings')} ${finding?.tempNo?.split('-').pop() ?? ''}${what}`;
  }
  return `${plainName(list)}${what}`;
}
