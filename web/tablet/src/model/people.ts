// Names of people by their id, as far as the team's list has them.
import { home } from './session';

export function personName(id: string): string {
  if (id === '') return '';
  if (home.value?.person?.personId === id) return home.value.person.name;
  return home.value?.team.find((person) => person.personId === id)?.name ?? id;
}
