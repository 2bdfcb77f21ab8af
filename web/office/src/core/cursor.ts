// The row of a list that the keyboard is on: j and k move it, Enter opens it.
import { type Ref, ref, watch } from 'vue';

import { useKeys } from './keys';

export function useCursor<T>(rows: Ref<readonly T[]>, keyOf: (row: T) => string, open: (row: T) => void) {
  const at = ref('');
  const index = (): number => rows.value.findIndex((row) => keyOf(row) === at.value);

  function moveTo(next: number): void {
    const row = rows.value[Math.max(0, Math.min(rows.value.length - 1, next))];
    if (row === undefined) return;
    at.value = keyOf(row);
    // The focus goes along: Enter means this row, not the button that was used before.
    requestAnimationFrame(() => {
      const at = document.querySelector<HTMLElement>('tr.at a');
      at?.focus({ preventScroll: true });
      at?.closest('tr')?.scrollIntoView({ block: 'nearest' });
    });
  }

  useKeys({
    j: () => moveTo(index() + 1),
    k: () => moveTo(index() <= 0 ? 0 : index() - 1),
    Enter: () => {
      const row = rows.value[index()];
      if (row !== undefined) open(row);
    },
  });
  // A row that went away leaves the cursor where it was, on the row that took its place.
  let last = 0;
  watch(rows, (now) => {
    const found = index();
    if (found >= 0) last = found;
    else if (at.value !== '') at.value = now.length === 0 ? '' : keyOf(now[Math.min(last, now.length - 1)]!);
  });
  return at;
}
