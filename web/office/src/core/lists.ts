// Lists of findings and visits as pages show them: filter, pages, looking again when something changed.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type FindingFilterSchema, RectificationService } from '@dudao/shared/gen/dudao/review/v1/rectification_pb';
import { type ListVisitsRequestSchema, ReviewService } from '@dudao/shared/gen/dudao/review/v1/review_pb';
import { computed, watch } from 'vue';

import { learnPlaces } from './directory';
import { useLoad } from './load';
import { usePages } from './pages';
import { revision } from './revision';
import { client } from './session';
import type { Sort } from './sort';

export const PAGE_SIZE = 50;

export function useFindings(filter: () => MessageInitShape<typeof FindingFilterSchema>, sort: () => Sort) {
  const pages = usePages();
  const loaded = useLoad((signal) =>
    client.call(
      RectificationService.method.listFindings,
      { filter: filter(), ...sort(), pageSize: PAGE_SIZE, pageToken: pages.token.value },
      { signal },
    ),
  );
  watch([filter, sort], () => {
    pages.reset();
    void loaded.reload();
  }, { deep: true });
  watch([revision, pages.token], () => void loaded.reload());
  watch(loaded.data, (now) => {
    for (const row of now?.findings ?? []) learnPlaces(row);
  });
  return { ...loaded, pages, rows: computed(() => loaded.data.value?.findings ?? []) };
}

export function useVisits(filter: () => MessageInitShape<typeof ListVisitsRequestSchema>) {
  const pages = usePages();
  const loaded = useLoad((signal) =>
    client.call(
      ReviewService.method.listVisits,
      { ...filter(), pageSize: PAGE_SIZE, pageToken: pages.token.value },
      { signal },
    ),
  );
  watch(filter, () => {
    pages.reset();
    void loaded.reload();
  }, { deep: true });
  watch([revision, pages.token], () => void loaded.reload());
  return { ...loaded, pages, rows: computed(() => loaded.data.value?.visits ?? []) };
}
