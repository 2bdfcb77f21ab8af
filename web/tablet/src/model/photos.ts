// Taking a photo into a visit: prepare, hand over in pieces, write the evidence.
import { ref } from 'vue';
import { EvidenceKind } from '@dudao/shared/gen/dudao/records/v1/visit_evidence_pb';
import type { GetVisitViewResponse } from '@dudao/shared/gen/dudao/client/v1/work_pb';
import { api } from '../core/core';
import { preparePicture, type Mark, type PhotoSize, type Picture } from '../photo/picture';
import { moment } from '../text';
import { home, host, refresh } from './session';
import type { VisitForm } from './visit_form';

const SIZE_KEY = 'dudao-tablet-photo-size';

function readSize(): PhotoSize {
  try {
    return localStorage.getItem(SIZE_KEY) === 'original' ? 'original' : 'small';
  } catch {
    return 'small';
  }
}
export const photoSize = ref<PhotoSize>(readSize());
export function setPhotoSize(size: PhotoSize): void {
  photoSize.value = size;
  try {
    localStorage.setItem(SIZE_KEY, size);
  } catch {
    // Only a liking.
  }
}

export function markOf(view: GetVisitViewResponse, takenAtMs: bigint): Mark {
  return { unit: `${view.unit?.parentName ?? ''}${view.unit?.name ?? ''}`, when: moment(takenAtMs), team: home.value?.teamName || view.visit?.teamId || '' };
}

export async function addPhoto(form: VisitForm, file: File, findingId: string): Promise<void> {
  const view = form.view.value;
  if (view === null) return;
  // The camera writes the file when the picture is taken; one from the gallery is older than now.
  const takenAtMs = BigInt(file.lastModified > 0 ? file.lastModified : Date.now());
  const picture = await preparePicture(file, markOf(view, takenAtMs), photoSize.value);
  try {
    await keep(form, takenAtMs, picture, findingId);
  } finally {
    // What waits to be sent, and whether there still is room.
    refresh().catch(() => undefined);
  }
}

async function keep(form: VisitForm, takenAtMs: bigint, picture: Picture, findingId: string): Promise<void> {
  const stagedId = await host().stage(picture.file);
  await form.act((formId) =>
    host().call(api.addAttachment, {
      record: form.record,
      content: { case: 'stagedId', value: stagedId },
      thumbnail: picture.thumbnail,
      evidence: { kind: EvidenceKind.PHOTO, mediaType: picture.mediaType, takenAtMs },
      findingId,
      basis: { basis: { case: 'formId', value: formId } },
    }),
  );
}
