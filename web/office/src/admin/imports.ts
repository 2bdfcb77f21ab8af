// The lists that can be imported: their columns, and how each is asked of the server.
import { AdminService, type DeadlineChange, type ImportChange, type ImportProblem } from '@dudao/shared/gen/dudao/admin/v1/admin_pb';
import type { TextKey } from '@dudao/shared/texts';

import { client } from '../core/session';

export interface ImportAnswer {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly problems: readonly ImportProblem[];
  readonly changes: readonly ImportChange[];
  /** Of measures: how many areas and tasks the list has. */
  readonly areas?: number;
  readonly tasks?: number;
  /** Of holidays: due days that are firm now, or moved. */
  readonly deadlines?: readonly DeadlineChange[];
  /** Of marks: how many villages have one afterwards. */
  readonly marked?: number;
}

export interface ImportFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface ImportKind {
  readonly id: string;
  readonly text: TextKey;
  readonly hint: TextKey;
  readonly columns: readonly string[];
  readonly ask: (csv: Uint8Array, dryRun: boolean, year: number) => Promise<ImportAnswer>;
}

const TIMEOUT = { timeoutMs: 120_000 };

export const IMPORT_KINDS: readonly ImportKind[] = [
  {
    id: 'divisions',
    text: 'import.divisions',
    hint: 'import.divisionsHint',
    columns: ['code', 'name', 'level', 'parent'],
    ask: (csv, dryRun) => client.call(AdminService.method.importDivisions, { csv, dryRun }, TIMEOUT),
  },
  {
    id: 'people',
    text: 'import.people',
    hint: 'import.peopleHint',
    columns: ['person_id', 'name', 'home_department', 'team_id', 'role'],
    ask: (csv, dryRun, year) => client.call(AdminService.method.importPeople, { csv, dryRun, year }, TIMEOUT),
  },
  {
    id: 'holidays',
    text: 'import.holidays',
    hint: 'import.holidaysHint',
    columns: ['date', 'kind', 'name'],
    ask: (csv, dryRun) => client.call(AdminService.method.importHolidays, { csv, dryRun }, TIMEOUT),
  },
  {
    id: 'measures',
    text: 'import.measures',
    hint: 'import.measuresHint',
    columns: ['measure_id', 'area', 'task', 'title', 'how_judged', 'lead_unit', 'co_units', 'due_date'],
    ask: (csv, dryRun) => client.call(AdminService.method.importMeasures, { csv, dryRun }, TIMEOUT),
  },
  {
    id: 'marks',
    text: 'import.marks',
    hint: 'import.marksHint',
    columns: ['code', 'name', 'weak', 'thin'],
    ask: async (csv, dryRun) => ({ created: 0, ...(await client.call(AdminService.method.importVillageMarks, { csv, dryRun }, TIMEOUT)) }),
  },
];

/** What one message to the server holds, less what goes around the file. */
export const FILE_BYTES_MAX = 8_000_000;

/** A, B, ... Z, AA: as spreadsheet programs name a column, which counts from 1. */
export function columnLetters(column: number): string {
  let letters = '';
  for (let left = column; left > 0; left = Math.floor((left - 1) / 26)) letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters;
  return letters;
}
