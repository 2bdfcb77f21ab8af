// The list that was looked at last, so that from one of its records the next one is a key away. It stays as it was seen: what a
// decision takes out of the list does not move the others.
import { computed, shallowRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';

const paths = shallowRef<readonly string[]>([]);

export function keepQueue(of: readonly string[]): void {
  paths.value = of;
}

/** Where the page that is shown stands in that list; `at` is 0 where it is not in it, else counts from 1. */
export function useQueue() {
  const router = useRouter();
  const shown = useRoute().path;
  const index = computed(() => paths.value.findIndex((path) => router.resolve(path).path === shown));
  const go = (to: number): void => {
    const path = paths.value[to];
    // In place of this page: "back" still means the list.
    if (index.value >= 0 && path !== undefined) void router.replace(path);
  };
  return {
    at: computed(() => index.value + 1),
    count: computed(() => paths.value.length),
    previous: () => go(index.value - 1),
    next: () => go(index.value + 1),
  };
}
