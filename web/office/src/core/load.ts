// Loading something for a page: what came, what went wrong, and whether it is the first time.
import { ApiError } from '@dudao/shared/transport';
import { onUnmounted, type Ref, ref, shallowRef, watch } from 'vue';

import { language } from './language';
import { expired } from './session';

export interface Loaded<T> {
  readonly data: Ref<T | undefined>;
  readonly error: Ref<ApiError | undefined>;
  readonly loading: Ref<boolean>;
  /** Again; what is shown stays until the answer is there. */
  readonly reload: () => Promise<void>;
}

/** Loads now, whenever `sources` change, and again once somebody signed in anew. An older answer never overtakes a newer one. */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, sources?: () => unknown): Loaded<T> {
  const data = shallowRef<T>();
  const error = shallowRef<ApiError>();
  const loading = ref(false);
  let abort: AbortController | undefined;

  async function reload(): Promise<void> {
    abort?.abort();
    const mine = new AbortController();
    abort = mine;
    loading.value = true;
    try {
      const answer = await load(mine.signal);
      if (abort !== mine) return;
      data.value = answer;
      error.value = undefined;
    } catch (problem) {
      if (abort !== mine) return;
      if (!(problem instanceof ApiError)) throw problem;
      if (problem.reason !== 'CANCELLED') error.value = problem;
    } finally {
      if (abort === mine) loading.value = false;
    }
  }

  if (sources !== undefined) watch(sources, () => void reload(), { deep: true });
  watch(expired, (now) => {
    if (!now && error.value !== undefined) void reload();
  });
  onUnmounted(() => abort?.abort());
  void reload();
  return { data, error, loading, reload };
}

export function errorText(error: ApiError): string {
  return language.value === 'zh' ? error.textZh : error.textEn;
}
