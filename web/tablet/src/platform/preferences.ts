// How this person likes the page: language, theme, size of text. Kept by the browser; losing it loses no work.
import { reactive, watchEffect } from 'vue';
import type { Language } from '@dudao/shared/texts';

export type Theme = 'light' | 'dark' | 'system';
export const TEXT_SIZES = [0.9, 1, 1.15, 1.3] as const;

const KEY = 'dudao-tablet-preferences';

export interface Preferences {
  language: Language;
  theme: Theme;
  textSize: number;
}

function read(): Preferences {
  const fallback: Preferences = { language: 'zh', theme: 'light', textSize: 1 };
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>;
    return {
      language: kept.language === 'en' ? 'en' : fallback.language,
      theme: kept.theme === 'dark' || kept.theme === 'system' ? kept.theme : fallback.theme,
      textSize: TEXT_SIZES.find((size) => size === kept.textSize) ?? fallback.textSize,
    };
  } catch {
    return fallback;
  }
}

export const preferences = reactive(read());

const dark = window.matchMedia('(prefers-color-scheme: dark)');

function show(): void {
  const root = document.documentElement;
  const isDark = preferences.theme === 'dark' || (preferences.theme === 'system' && dark.matches);
  root.dataset['theme'] = isDark ? 'dark' : 'light';
  root.style.setProperty('--scale', String(preferences.textSize));
  root.lang = preferences.language === 'zh' ? 'zh-CN' : 'en';
}

export function applyPreferences(): void {
  watchEffect(() => {
    show();
    try {
      localStorage.setItem(KEY, JSON.stringify(preferences));
    } catch {
      // Nothing is lost but a liking.
    }
  });
  dark.addEventListener('change', show);
}
