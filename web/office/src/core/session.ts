// Who is signed in. The token lives in memory and, so that a reload does not sign out, in sessionStorage of this tab;
// never in a URL and never in storage that outlives the tab.
import { IdentityService } from '@dudao/shared/gen/dudao/identity/v1/identity_pb';
import { PersonRole } from '@dudao/shared/gen/dudao/records/v1/reference_pb';
import { type ApiError, Code, createClient } from '@dudao/shared/transport';
import { computed, ref } from 'vue';

export interface Self {
  readonly personId: string;
  readonly name: string;
  readonly role: PersonRole;
  readonly teamId: string;
}

interface Kept {
  readonly token: string;
  readonly self: Self;
  readonly mustChange: boolean;
}

const KEY = 'dudao.session';

function kept(): Kept | null {
  try {
    const text = sessionStorage.getItem(KEY);
    return text === null ? null : (JSON.parse(text) as Kept);
  } catch {
    return null;
  }
}

const current = ref<Kept | null>(kept());
/** True once the server no longer takes the token: the page stays as it is, and asks for the password above it. */
export const expired = ref(false);
export const self = computed(() => current.value?.self ?? null);
export const mustChangePassword = computed(() => current.value?.mustChange === true);
export const role = computed(() => current.value?.self.role ?? PersonRole.UNSPECIFIED);

export const isReviewer = computed(() => role.value === PersonRole.REVIEWER);
export const isAdmin = computed(() => role.value === PersonRole.ADMIN);
export const isLeader = computed(() => role.value === PersonRole.LEADER);
export const isReporter = computed(() => role.value === PersonRole.REPORTER);
export const isLead = computed(() => role.value === PersonRole.LEAD);

function keep(next: Kept | null): void {
  current.value = next;
  if (next === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify(next));
}

function sessionGone(error: ApiError): boolean {
  return error.code === Code.Unauthenticated && error.reason !== 'CREDENTIALS_WRONG' && error.reason !== 'ACCOUNT_LOCKED';
}

export const client = createClient({
  session: () => current.value?.token ?? null,
  onError: (error) => {
    if (current.value === null) return;
    if (sessionGone(error)) expired.value = true;
    if (error.reason === 'PASSWORD_CHANGE_NEEDED') keep({ ...current.value, mustChange: true });
  },
});

/** For the one request that is no call: the stream of news. */
export const sessionToken = (): string | null => current.value?.token ?? null;

/** Without a token: signing in must work while an old one is refused. */
const stranger = createClient();

export async function signIn(personId: string, password: string): Promise<void> {
  const answer = await stranger.call(IdentityService.method.signIn, { personId, password });
  const who = answer.self;
  const same = current.value?.self.personId === who?.personId;
  if (expired.value && !same) forgetDrafts();
  keep({
    token: answer.session,
    self: {
      personId: who?.personId ?? personId,
      name: who?.name ?? personId,
      role: who?.role ?? PersonRole.UNSPECIFIED,
      teamId: who?.teamId ?? '',
    },
    mustChange: answer.mustChangePassword,
  });
  expired.value = false;
}

export async function changePassword(oldPassword: string, newPassword: string): Promise<void> {
  await client.call(IdentityService.method.changePassword, { oldPassword, newPassword });
  if (current.value !== null) keep({ ...current.value, mustChange: false });
}

/** Signs out here whatever the server says; the session there ends by itself where it cannot be reached. */
export async function signOut(): Promise<void> {
  try {
    if (!expired.value) await client.call(IdentityService.method.signOut, {}, { timeoutMs: 5000 });
  } catch {
    // Gone already, or out of reach.
  }
  forgetDrafts();
  keep(null);
  expired.value = false;
}

const DRAFTS = 'dudao.draft.';

function forgetDrafts(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(DRAFTS)) sessionStorage.removeItem(key);
}

/** What was typed for one thing: outlives a reload and a session, not the tab and not signing out. */
export function readDraft(key: string): string {
  return sessionStorage.getItem(DRAFTS + key) ?? '';
}

export function writeDraft(key: string, text: string): void {
  if (text === '') sessionStorage.removeItem(DRAFTS + key);
  else sessionStorage.setItem(DRAFTS + key, text);
}
