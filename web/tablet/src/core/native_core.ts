// The C interface of the client core as methods: bytes in, bytes out. Synchronous; one worker owns it.
import type { DudaoModule } from 'virtual:dudao-core';

import type { StartOptions } from './messages';

/** An answer that is not OK, as the core gave it: the bytes are a google.rpc.Status. */
export class StatusFailure extends Error {
  constructor(
    readonly code: number,
    readonly status: Uint8Array,
  ) {
    super(`status ${code}`);
  }
}

/** The module stopped in the middle of a call. What was durable is; nothing else of it can be used. */
export class CoreCrash extends Error {}

const BYTES_SIZE = 8; // dudao_client_bytes: address and size

export class NativeCore {
  private client = 0;
  private readonly bytesAt: number;
  private readonly clientAt: number;
  private readonly methods = new Map<string, number>();
  calls = 0;
  longestMs = 0;
  longestMethod = '';

  constructor(private readonly module: DudaoModule) {
    this.bytesAt = module._malloc(BYTES_SIZE);
    this.clientAt = module._malloc(4);
  }

  fileNames(): string[] {
    const names: string[] = [];
    for (let at = this.module._dudao_web_file_name(0); at !== 0; at = this.module._dudao_web_file_name(names.length)) {
      const memory = this.module.HEAPU8;
      names.push(new TextDecoder().decode(memory.slice(at, memory.indexOf(0, at))));
    }
    return names;
  }

  /** Handles in the order of fileNames. */
  setFiles(files: unknown[]): void {
    this.module.files = files;
  }

  open(options: StartOptions, pin: string): void {
    const texts = [options.personId, options.deviceName, options.appVersion, pin].map((text) => this.text(text));
    try {
      const [person, device, version, secret] = texts as [number, number, number, number];
      const code = this.guarded(() =>
        this.module._dudao_web_open(person, options.role, device, version, secret, this.clientAt, this.bytesAt),
      );
      const answer = this.takeBytes();
      if (code !== 0) throw new StatusFailure(code, answer);
      this.client = this.word(this.clientAt);
    } finally {
      for (const at of texts) this.wipe(at);
    }
  }

  isOpen(): boolean {
    return this.client !== 0;
  }

  call(method: string, request: Uint8Array): Uint8Array {
    const begun = performance.now();
    const name = this.methodName(method);
    const at = request.length === 0 ? 0 : this.module._malloc(request.length);
    if (at !== 0) this.module.HEAPU8.set(request, at);
    try {
      const code = this.guarded(() => this.module._dudao_client_call(this.client, name, at, request.length, this.bytesAt));
      const answer = this.takeBytes();
      if (code !== 0) throw new StatusFailure(code, answer);
      return answer;
    } finally {
      if (at !== 0) this.module._free(at);
      this.note(method, performance.now() - begun);
    }
  }

  close(): void {
    if (this.client === 0) return;
    const client = this.client;
    this.client = 0;
    this.guarded(() => this.module._dudao_client_close(client));
  }

  memoryBytes(): number {
    return this.module.HEAPU8.length;
  }

  private note(method: string, ms: number): void {
    this.calls++;
    if (ms <= this.longestMs) return;
    this.longestMs = ms;
    this.longestMethod = method;
  }

  /** What is thrown out of the module is not an answer but its end. */
  private guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.client = 0;
      throw new CoreCrash(String(error));
    }
  }

  private word(at: number): number {
    const memory = this.module.HEAPU8;
    return new DataView(memory.buffer, memory.byteOffset).getUint32(at, true);
  }

  /** A copy of what was handed out, which is freed. */
  private takeBytes(): Uint8Array {
    const at = this.word(this.bytesAt);
    const bytes = this.module.HEAPU8.slice(at, at + this.word(this.bytesAt + 4));
    this.module._dudao_client_free(this.bytesAt);
    return bytes;
  }

  private methodName(method: string): number {
    const known = this.methods.get(method);
    if (known !== undefined) return known;
    const at = this.text(method);
    this.methods.set(method, at);
    return at;
  }

  private text(text: string): number {
    const bytes = new TextEncoder().encode(text);
    const at = this.module._malloc(bytes.length + 1);
    this.module.HEAPU8.set(bytes, at);
    this.module.HEAPU8[at + bytes.length] = 0;
    return at;
  }

  /** A PIN shall not stay in memory that is given back. */
  private wipe(at: number): void {
    const memory = this.module.HEAPU8;
    memory.fill(0, at, memory.indexOf(0, at));
    this.module._free(at);
  }
}
