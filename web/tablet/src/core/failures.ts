// Errors of the worker's own, beside those that the core gives.
import { Code, textsOf } from '@dudao/shared/transport';
import { type TextKey, type Places, translate } from '@dudao/shared/texts';

import type { Failure } from './messages';
import { CoreCrash, StatusFailure } from './native_core';

export class OwnFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.reason ?? '');
  }
}

export function own(code: Code, reason: string, key: TextKey, places?: Places): Failure {
  return { code, reason, textZh: translate('zh', key, places), textEn: translate('en', key, places) };
}

export function failureOf(error: unknown): Failure {
  if (error instanceof OwnFailure) return error.failure;
  if (error instanceof StatusFailure) return { code: error.code, status: error.status };
  if (error instanceof CoreCrash) return own(Code.Internal, 'CORE_CRASHED', 'core.crashed');
  return { code: Code.Internal, reason: 'INTERNAL', textZh: translate('zh', 'core.crashed'), textEn: `${translate('en', 'core.crashed')} (${String(error)})` };
}

export function reasonOf(error: unknown): string {
  if (error instanceof StatusFailure) return textsOf(error.status).reason;
  return failureOf(error).reason ?? '';
}
