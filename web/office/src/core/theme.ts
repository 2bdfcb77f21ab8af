// Light or dark: as the system has it until somebody chooses.
import { ref, watchEffect } from 'vue';

const KEY = 'dudao.theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');
const chosen = localStorage.getItem(KEY);

export const dark = ref(chosen === null ? system.matches : chosen === 'dark');

system.addEventListener('change', (event) => {
  if (localStorage.getItem(KEY) === null) dark.value = event.matches;
});
watchEffect(() => document.documentElement.classList.toggle('dark', dark.value));

export function toggleTheme(): void {
  dark.value = !dark.value;
  localStorage.setItem(KEY, dark.value ? 'dark' : 'light');
}
