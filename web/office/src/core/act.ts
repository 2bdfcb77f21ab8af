// Doing something from a button: shows what went wrong where nobody else does.
import { ApiError } from '@dudao/shared/transport';
import { ElMessage } from 'element-plus';
import { ref } from 'vue';

import { errorText } from './load';

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
