// Texts in the language of the person. All of them stand in the shared catalogue; what the core says comes in both languages.
import { formatClock, formatDay, formatMonth, formatShortDay, formatTime, formatWeekday, word } from '@dudao/shared/format';
import { translate, type Places, type TextKey } from '@dudao/shared/texts';
import { CoreError } from './core/core';
import { preferences } from './platform/preferences';

export function t(key: TextKey, places?: Places): string {
  return translate(preferences.language, key, places);
}

// A text that the core gave in both languages.
export function say(text: { zh: string; en: string } | undefined): string {
  if (text === undefined) return '';
  return preferences.language === 'zh' || text.en === '' ? text.zh : text.en;
}

export const listed = (words: string[]): string => words.join(preferences.language === 'zh' ? '、' : ', ');

// What went wrong, and what to do about it.
export function sayError(error: unknown): string {
  if (error instanceof CoreError) {
    const text = say({ zh: error.textZh, en: error.textEn });
    if (text !== '') return text;
    return t('tablet.error.unknown', { reason: error.reason });
  }
  return t('tablet.error.unknown', { reason: error instanceof Error ? error.message : String(error) });
}

export const term = (words: Parameters<typeof word>[1], number: number | undefined): string => word(preferences.language, words, number);
export const fullDay = (date: string): string => `${formatDay(preferences.language, date)} ${formatWeekday(preferences.language, date)}`.trim();
export const shortDay = (date: string): string => formatShortDay(preferences.language, date);
export const month = (text: string): string => formatMonth(preferences.language, text);
export const moment = (ms: number | bigint): string => formatTime(preferences.language, ms);
export const timeOfDay = (ms: number | bigint): string => formatClock(ms);
