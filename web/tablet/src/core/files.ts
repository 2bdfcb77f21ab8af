// The files of the origin's private storage that the core works on: opened once, held until they are given back.

/** Of FileSystemSyncAccessHandle, what the module calls and what is called here. */
export interface Handle {
  read(to: Uint8Array, options: { at: number }): number;
  write(from: Uint8Array, options: { at: number }): number;
  truncate(bytes: number): void;
  flush(): void;
  getSize(): number;
  close(): void;
}

/** Another worker still has them. */
export class FilesHeld extends Error {}

const FOLDER = 'dudao';
// A worker that is being ended gives its handles back a moment later.
const WAIT_MS = 50;
const WAITS_MAX = 100;

/** Names what this browser lacks; empty where nothing is missing. */
export function missingFeature(scope: typeof globalThis = globalThis): string {
  const storage = (scope.navigator as Navigator | undefined)?.storage as StorageManager | undefined;
  if (scope.WebAssembly === undefined || !('Exception' in scope.WebAssembly)) return 'WebAssembly';
  if (scope.navigator.locks === undefined) return 'Web Locks';
  if (typeof storage?.getDirectory !== 'function') return 'OPFS';
  const prototype: object | undefined = scope.FileSystemFileHandle?.prototype;
  if (prototype === undefined || !('createSyncAccessHandle' in prototype)) return 'OPFS sync handles';
  return '';
}

export async function openFiles(names: readonly string[]): Promise<Handle[]> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  const handles: Handle[] = [];
  try {
    for (const name of names) handles.push(await openFile(folder, name));
  } catch (error) {
    closeFiles(handles);
    throw error;
  }
  return handles;
}

export function closeFiles(handles: readonly Handle[]): void {
  for (const handle of handles) handle.close();
}

async function openFile(folder: FileSystemDirectoryHandle, name: string): Promise<Handle> {
  const file = (await folder.getFileHandle(name, { create: true })) as FileSystemFileHandle & {
    createSyncAccessHandle(): Promise<Handle>;
  };
  for (let waits = 0; ; waits++) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NoModificationAllowedError') throw error;
      if (waits >= WAITS_MAX) throw new FilesHeld(name);
      await new Promise((resume) => setTimeout(resume, WAIT_MS));
    }
  }
}
