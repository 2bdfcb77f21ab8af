// Reference data that every page needs: teams, people, places, forms. Read once a session. A unit's contact may not read it
// and knows the names that stand in the unit's own findings.
import { fromBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { type FormTemplate, FormTemplateSchema } from '@dudao/shared/gen/dudao/records/v1/form_template_pb';
import {
  type Measure,
  MeasureSchema,
  type Person,
  PersonSchema,
  type Place,
  PlaceLevel,
  PlaceSchema,
  type Team,
  TeamSchema,
} from '@dudao/shared/gen/dudao/records/v1/reference_pb';
import type { FindingRow } from '@dudao/shared/gen/dudao/review/v1/rectification_pb';
import { ReviewService } from '@dudao/shared/gen/dudao/review/v1/review_pb';
import { ApiError } from '@dudao/shared/transport';
import { shallowRef } from 'vue';

import { t } from './language';
import { client, isReporter } from './session';

export const OFFICE_SPACE = 'office';
export const TYPE = { place: 1, person: 2, team: 3, form: 4, measure: 5, visit: 10, rectification: 12 } as const;

interface Directory {
  readonly places: ReadonlyMap<string, Place>;
  readonly townships: readonly Place[];
  readonly people: ReadonlyMap<string, Person>;
  readonly teams: ReadonlyMap<string, Team>;
  readonly forms: ReadonlyMap<string, FormTemplate>;
  readonly measures: ReadonlyMap<string, Measure>;
}

const EMPTY: Directory = { places: new Map(), townships: [], people: new Map(), teams: new Map(), forms: new Map(), measures: new Map() };

export const directory = shallowRef<Directory>(EMPTY);

async function all<D extends DescMessage>(schema: D, typeId: number): Promise<MessageShape<D>[]> {
  const out: MessageShape<D>[] = [];
  let pageToken = '';
  do {
    const page = await client.call(ReviewService.method.listRecords, { space: OFFICE_SPACE, typeId, pageSize: 500, pageToken });
    for (const row of page.records) out.push(fromBinary(schema, row.message));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return out;
}

export async function loadDirectory(): Promise<void> {
  if (isReporter.value) return;
  try {
    const [places, people, teams, forms, measures] = await Promise.all([
      all(PlaceSchema, TYPE.place),
      all(PersonSchema, TYPE.person),
      all(TeamSchema, TYPE.team),
      all(FormTemplateSchema, TYPE.form),
      all(MeasureSchema, TYPE.measure),
    ]);
    directory.value = {
      places: new Map(places.map((place) => [place.code ?? '', place])),
      townships: places.filter((place) => place.level === PlaceLevel.TOWNSHIP).sort((a, b) => ((a.code ?? '') < (b.code ?? '') ? -1 : 1)),
      people: new Map(people.map((person) => [person.personId ?? '', person])),
      teams: new Map(teams.map((team) => [team.teamId ?? '', team])),
      forms: new Map(forms.map((form) => [formKey(form.formCode ?? '', form.version ?? 0), form])),
      measures: new Map(measures.map((measure) => [measure.measureId ?? '', measure])),
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

export function forgetDirectory(): void {
  directory.value = EMPTY;
  learned.value = {};
}

/** Names by id that came with something else. */
const learned = shallowRef<Readonly<Record<string, string>>>({});
export function learnNames(names: Readonly<Record<string, string>>): void {
  learned.value = { ...learned.value, ...names };
}
const TOWNSHIP_DIGITS = 9;
export function learnPlaces(row: FindingRow | undefined): void {
  if (row !== undefined) learnNames({ [row.unitCode]: row.unitName, [row.unitCode.slice(0, TOWNSHIP_DIGITS)]: row.townshipName });
}

export const formKey = (code: string, version: number): string => `${code}/${version}`;
/** A masked name alone does not tell two people of one surname apart. */
export function personName(id: string): string {
  const name = directory.value.people.get(id)?.name;
  if (name === undefined) return learned.value[id] ?? id;
  return name.includes('*') ? `${name} ${id}` : name;
}
/** Stands for the county leaders where a visit names its team. */
export const LEADERS_TEAM = 'LDR';
export const teamName = (id: string): string => (id === LEADERS_TEAM ? t('team.leaders') : (directory.value.teams.get(id)?.name ?? learned.value[id] ?? id));
export const measureName = (id: string): string => `${id} ${directory.value.measures.get(id)?.title ?? ''}`.trimEnd();
export const placeName = (code: string): string => directory.value.places.get(code)?.displayName ?? learned.value[code] ?? code;
