// Which language the pages speak; kept for the next visit.
import { isTextKey, type Language, type Places, type TextKey, translate } from '@dudao/shared/texts';
import { formatDay, formatMinutes, formatMonth, formatShortDay, formatTime, word } from '@dudao/shared/format';
import { ref } from 'vue';

const KEY = 'dudao.language';

function first(): Language {
  return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh';
}

export const language = ref<Language>(first());

export function setLanguage(next: Language): void {
  language.value = next;
  localStorage.setItem(KEY, next);
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
  document.title = t('office.title');
}

export const t = (key: TextKey, places?: Places): string => translate(language.value, key, places);
/** For keys put together from what the server says; `otherwise` where the catalogue has none. */
export const tMaybe = (key: string, otherwise: string): string => (isTextKey(key) ? t(key) : otherwise);
export const day = (date: string): string => formatDay(language.value, date);
export const shortDay = (date: string): string => formatShortDay(language.value, date);
export const month = (text: string): string => formatMonth(language.value, text);
export const time = (ms: number | bigint | undefined): string => formatTime(language.value, ms);
export const minutes = (count: number): string => formatMinutes(language.value, count);
export const termOf = (words: Parameters<typeof word>[1], number: number | undefined): string =>
  word(language.value, words, number);
