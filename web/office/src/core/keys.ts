// Keyboard on pages: single keys, unless somebody is typing or a dialogue is open.
import { onMounted, onUnmounted } from 'vue';

function busy(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return true;
  return target.closest('[role="dialog"],[role="listbox"]') !== null;
}

export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || busy(event.target)) return;
    if (document.querySelector('.el-overlay:not([style*="display: none"]) [role="dialog"]') !== null) return;
    const action = keys[event.key];
    if (action === undefined) return;
    // Enter on a link or a button means that one.
    if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.closest('a,button') !== null) return;
    event.preventDefault();
    action();
  }
  onMounted(() => document.addEventListener('keydown', onKey));
  onUnmounted(() => document.removeEventListener('keydown', onKey));
}
