// Which pages a role has, in the order of the menu.
import { PersonRole } from '@dudao/shared/gen/dudao/records/v1/reference_pb';
import type { TextKey } from '@dudao/shared/texts';

export interface NavItem {
  readonly to: string;
  readonly text: TextKey;
  readonly group: TextKey;
  readonly roles: readonly PersonRole[];
  readonly count?: 'todo' | 'conflicts';
}

const { INSPECTOR, LEAD, REVIEWER, LEADER, REPORTER, ADMIN } = PersonRole;
const FIELD = [INSPECTOR, LEAD];
const READERS = [...FIELD, REVIEWER, LEADER, ADMIN];

export const NAVIGATION: readonly NavItem[] = [
  { to: '/overview', text: 'nav.overview', group: 'nav.groupWork', roles: [LEADER] },
  { to: '/desk', text: 'nav.desk', group: 'nav.groupWork', roles: [REVIEWER, ADMIN], count: 'todo' },
  { to: '/answers', text: 'nav.answers', group: 'nav.groupWork', roles: [REPORTER] },
  { to: '/findings', text: 'nav.findings', group: 'nav.groupWork', roles: READERS },
  { to: '/visits', text: 'nav.visits', group: 'nav.groupWork', roles: READERS },
  { to: '/conflicts', text: 'nav.conflicts', group: 'nav.groupWork', roles: [...FIELD, REVIEWER, ADMIN], count: 'conflicts' },
  { to: '/aside', text: 'nav.aside', group: 'nav.groupWork', roles: [LEAD, REVIEWER, ADMIN] },
  { to: '/board', text: 'nav.board', group: 'nav.groupSee', roles: READERS },
  { to: '/coverage', text: 'nav.coverage', group: 'nav.groupSee', roles: READERS },
  { to: '/statistics', text: 'nav.statistics', group: 'nav.groupSee', roles: READERS },
  { to: '/ledgers', text: 'nav.ledgers', group: 'nav.groupSee', roles: [REVIEWER, LEADER, ADMIN] },
  { to: '/people', text: 'nav.people', group: 'nav.groupAdmin', roles: [ADMIN] },
  { to: '/imports', text: 'nav.imports', group: 'nav.groupAdmin', roles: [ADMIN] },
  { to: '/devices', text: 'nav.devices', group: 'nav.groupAdmin', roles: [ADMIN] },
  { to: '/logs', text: 'nav.logs', group: 'nav.groupAdmin', roles: [ADMIN] },
  { to: '/server', text: 'nav.server', group: 'nav.groupAdmin', roles: [ADMIN] },
];

export function navigationOf(role: PersonRole): readonly NavItem[] {
  return NAVIGATION.filter((item) => item.roles.includes(role));
}

/** Where nobody is signed in yet, or a role has no pages. */
export const NOWHERE = '/nothing';

export function homeOf(role: PersonRole): string {
  return navigationOf(role)[0]?.to ?? NOWHERE;
}
