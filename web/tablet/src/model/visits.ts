// A list of visits that reads itself again when records may have changed.
import { ref, shallowRef, watch } from 'vue';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ListVisitsRequestSchema, VisitLine } from '@dudao/shared/gen/dudao/client/v1/work_pb';
import { api } from '../core/core';
import { epoch, host } from './session';

export function useVisits(wanted: () => MessageInitShape<typeof ListVisitsRequestSchema>) {
  const lines = shallowRef<VisitLine[]>([]);
  const total = ref(0);
  const nextPage = ref('');
  const loading = ref(true);
  let turn = 0;

  async function read(): Promise<void> {
    const mine = ++turn;
    const answer = await host().call(api.listVisits, wanted());
    if (mine !== turn) return;
    lines.value = answer.visits;
    total.value = answer.total;
    nextPage.value = answer.nextPageToken;
    loading.value = false;
  }
  async function more(): Promise<void> {
    if (nextPage.value === '') return;
    const answer = await host().call(api.listVisits, { ...wanted(), pageToken: nextPage.value });
    lines.value = [...lines.value, ...answer.visits];
    nextPage.value = answer.nextPageToken;
  }

  watch([wanted, epoch], () => void read(), { immediate: true });
  return { lines, total, nextPage, loading, read, more };
}
