// The county that is drawn: what the server's map file says, or the outline that came with the program.
import { computed, shallowRef } from 'vue';

import jishan from './jishan_outline.json';
import { type CountyShape, type Degrees, sheetOf, type Tiles } from './projection';

const own: readonly Degrees[] = jishan.ring.map(([longitude = 0, latitude = 0]) => [longitude, latitude]);
const shape = shallowRef<CountyShape>({ outline: own });
export const sheet = computed(() => sheetOf(shape.value));
/** Without tiles: for small pictures. */
export const plainSheet = computed(() => sheetOf({ outline: shape.value.outline }));
export const attribution = computed(() => shape.value.tiles?.attribution ?? '');

let asked = false;
/** Once; without an answer the sketch stays. */
export async function loadCounty(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    const answer = await fetch('map.json', { credentials: 'omit' });
    const map = (await answer.json()) as { outline?: readonly Degrees[]; tiles?: Tiles };
    shape.value = { outline: map.outline ?? own, tiles: map.tiles };
  } catch {
    asked = false;
  }
}
