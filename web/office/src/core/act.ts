// Doing something from a button: shows what went wrong where nobody else does.
import { ApiError } from '@dudao/shared/transport';
import { ElMessage } from 'element-plus';
import { ref, shallowRef } from 'vue';

import { errorText } from './load';

/** One form's sending: busy while it runs, and what went wrong, for the form to show beside its button. */
export function useSubmit() {
  const busy = ref(false);
  const error = shallowRef<ApiError>();
  async function submit(what: () => Promise<void>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    error.value = undefined;
    try {
      await what();
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      error.value = problem;
    } finally {
      busy.value = false;
    }
  }
  return { busy, error, submit };
}

export function useAct() {
  const busy = ref('');
  /** Runs `what` under a name; answers whether it worked. */
  async function run(name: string, what: () => Promise<void>): Promise<boolean> {
    if (busy.value !== '') return false;
    busy.value = name;
    try {
      await what();
      return true;
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      ElMessage({ type: 'warning', message: errorText(problem), duration: 8000, showClose: true });
      return false;
    } finally {
      busy.value = '';
    }
  }
  return { busy, run };
}
