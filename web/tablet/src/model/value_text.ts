// A value of a field as people read it, competing or of former days: words of the trade for what the contract numbers.
import { CHECK_RESULT, FINDING_LEVEL, LOOKBACK_RESULT, VISIT_MODE, VISIT_STATE } from '@dudao/shared/format';
import type { FieldValue } from '@dudao/shared/gen/dudao/client/v1/value_pb';
import { moment, t, term } from '../text';

type Words = Parameters<typeof term>[0];
const WORDS: readonly (readonly [RegExp, Words])[] = [
  [/^check_items\[.*\]\.result$/, CHECK_RESULT],
  [/^findings\[.*\]\.level$/, FINDING_LEVEL],
  [/^lookback_items\[.*\]\.result$/, LOOKBACK_RESULT],
  [/^mode$/, VISIT_MODE],
  [/^state$/, VISIT_STATE],
];

interface Written {
  readonly absent: boolean;
  readonly value?: FieldValue;
  readonly text: string;
}

export function valueText(path: string, value: Written): string {
  if (value.absent) return path === '' || path.endsWith(']') ? t('tablet.conflict.removed') : t('tablet.history.cleared');
  const held = value.value?.value;
  if (held?.case === 'enumNumber' || held?.case === 'integer') {
    const words = WORDS.find(([pattern]) => pattern.test(path))?.[1];
    if (words !== undefined) return term(words, Number(held.value));
  }
  if (held?.case === 'integer' && path.endsWith('_at_ms')) return moment(held.value);
  if (held?.case === 'flag') return held.value ? t('result.yes') : t('result.no');
  if (held?.case === 'text') return held.value;
  return value.text || t('tablet.conflict.kept');
}
