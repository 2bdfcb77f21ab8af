// A visit as GetRecord gives it, with what decisions need.
import { create, fromBinary } from '@bufbuild/protobuf';
import { fromHex } from '@dudao/shared/format';
import { type FormTemplate, FormTemplateSchema } from '@dudao/shared/gen/dudao/records/v1/form_template_pb';
import { type Visit, VisitSchema } from '@dudao/shared/gen/dudao/records/v1/visit_pb';
import { type GetRecordResponse, ReviewService } from '@dudao/shared/gen/dudao/review/v1/review_pb';

import { directory, formKey, TYPE } from '../core/directory';
import { client } from '../core/session';

export interface VisitRecord {
  readonly space: string;
  readonly key: Uint8Array;
  readonly visit: Visit;
  readonly answer: GetRecordResponse;
}

export async function loadVisit(space: string, keyHex: string, signal?: AbortSignal): Promise<VisitRecord> {
  const key = fromHex(keyHex) ?? new Uint8Array();
  const answer = await client.call(ReviewService.method.getRecord, { space, typeId: TYPE.visit, key }, signal === undefined ? {} : { signal });
  return { space, key, visit: fromBinary(VisitSchema, answer.message), answer };
}

export function formOf(visit: Visit): FormTemplate {
  return directory.value.forms.get(formKey(visit.formCode ?? '', visit.formVersion ?? 0)) ?? create(FormTemplateSchema);
}
