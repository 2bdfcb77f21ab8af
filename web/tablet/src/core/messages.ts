// What page and worker say to each other. Everything is plain data; protobuf messages travel as bytes.

/** What the page tells the worker once, before anything else. */
export interface StartOptions {
  readonly appVersion: string;
  /** Counts until the tablet is enrolled: for trials and tests. */
  readonly personId: string;
  readonly role: number;
  readonly deviceName: string;
  /** Where the services are; empty for the page's own host. */
  readonly server: string;
  /** Pause between syncs that nobody asked for; 0 for none. */
  readonly syncEveryMs: number;
}

export type Task =
  | { readonly do: 'start'; readonly options: StartOptions }
  | { readonly do: 'call'; readonly method: string; readonly bytes: Uint8Array }
  | { readonly do: 'unlock'; readonly pin: string }
  | { readonly do: 'takeOver' }
  | { readonly do: 'sync'; readonly includeFiles: boolean }
  | { readonly do: 'enrol'; readonly code: string; readonly deviceName: string }
  | { readonly do: 'rotateKey' }
  | { readonly do: 'cancel' }
  | { readonly do: 'stage'; readonly file: Blob }
  /** Looks whether there is room again. */
  | { readonly do: 'tendRoom' }
  | { readonly do: 'figures' }
  | { readonly do: 'stop' };

export type Request = { readonly id: number } & Task;

/** An error as it crosses: the code and the bytes of a google.rpc.Status, or texts of the worker's own. */
export interface Failure {
  readonly code: number;
  readonly status?: Uint8Array;
  readonly reason?: string;
  readonly textZh?: string;
  readonly textEn?: string;
}

export type StateName = 'starting' | 'elsewhere' | 'pin-needed' | 'ready' | 'destroyed' | 'unsupported' | 'failed';

export interface PlainState {
  readonly name: StateName;
  readonly failure?: Failure;
  readonly missing?: string;
}

/** How the worker fares; for tests, measurements and support. */
export interface Figures {
  readonly calls: number;
  readonly longestCallMs: number;
  readonly longestCallMethod: string;
  /** Of the calls that a sync made. */
  readonly longestSyncCallMs: number;
  readonly longestSyncCallMethod: string;
  readonly startMs: number;
  readonly memoryBytes: number;
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure }
  | { readonly event: 'state'; readonly state: PlainState }
  | { readonly event: 'room'; readonly short: boolean }
  /** A dudao.client.v1.SyncProgress; null at the end of a sync or an enrolment. */
  | { readonly event: 'progress'; readonly bytes: Uint8Array | null }
  /** A sync that nobody asked for has ended: a dudao.client.v1.SyncFinished. */
  | { readonly event: 'synced'; readonly bytes: Uint8Array };
