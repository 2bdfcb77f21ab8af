// Who has not been seen longest.
import { type CoverageRow, LedgerService } from '@dudao/shared/gen/dudao/review/v1/ledger_pb';
import { UnitType } from '@dudao/shared/gen/dudao/records/v1/common_pb';

import { client } from '../core/session';

export async function allCoverage(signal: AbortSignal, unitPrefix = ''): Promise<CoverageRow[]> {
  const out: CoverageRow[] = [];
  let pageToken = '';
  do {
    const page = await client.call(LedgerService.method.listCoverage, { unitPrefix, pageSize: 500, pageToken }, { signal });
    out.push(...page.units);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return out;
}

export interface Suggestion {
  readonly township: string;
  readonly units: readonly CoverageRow[];
}

const A_DAY = 3;

/**
 * What to visit next: one suggestion a township, of as many units as fit into a day, weak and thin villages first, then
 * those that were not seen longest. `rows` come in that order from the server.
 */
export function suggest(rows: readonly CoverageRow[], count: number): Suggestion[] {
  const byTownship = new Map<string, CoverageRow[]>();
  for (const row of rows) {
    if (!row.plannable || row.unitType === UnitType.TOWNSHIP) continue;
    const units = byTownship.get(row.townshipCode) ?? [];
    if (units.length < A_DAY) byTownship.set(row.townshipCode, [...units, row]);
  }
  return Array.from(byTownship.values(), (units) => ({ township: units[0]?.townshipName ?? '', units })).slice(0, count);
}
