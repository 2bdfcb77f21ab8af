// How much room the browser still gives. Said before it hurts: a photo that finds no room is not lost, but it must be taken again.
import { computed, ref } from 'vue';

// Some dozens of photos: time enough to sync and to free space.
const LOW_BYTES = 100 * 1024 * 1024;

const left = ref(Infinity);
export const roomLeft = computed(() => left.value);
export const roomLow = computed(() => left.value < LOW_BYTES);

export async function readRoom(): Promise<void> {
  try {
    const { usage, quota } = await navigator.storage.estimate();
    left.value = quota === undefined ? Infinity : Math.max(0, quota - (usage ?? 0));
  } catch {
    // A browser that does not tell; saving itself still says when there is no room.
  }
}
