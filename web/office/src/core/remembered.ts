// A list's filter, kept for the way back from a record to the list.
import { reactive, type Ref, ref, watch } from 'vue';

const kept = reactive(new Map<string, unknown>());

/** For a page that is opened next. */
export function remember(name: string, value: unknown): void {
  kept.set(name, value);
}

export function useRemembered<T>(name: string, initial: T): Ref<T> {
  const value = ref((kept.get(name) as T | undefined) ?? initial) as Ref<T>;
  watch(value, (now) => kept.set(name, now), { deep: true });
  return value;
}
