// The module that CMake links (client_core/adapters/web); build/core_module.ts tells Vite where it is.
declare module 'virtual:dudao-core' {
  export interface DudaoModule {
    readonly HEAPU8: Uint8Array;
    files: unknown[];
    _malloc(bytes: number): number;
    _free(at: number): void;
    _dudao_web_file_name(number: number): number;
    _dudao_web_open(person: number, role: number, device: number, version: number, pin: number, client: number, error: number): number;
    _dudao_client_call(client: number, method: number, request: number, size: number, response: number): number;
    _dudao_client_close(client: number): void;
    _dudao_client_free(bytes: number): void;
  }
  export default function createDudaoCore(overrides?: { print?: (text: string) => void; printErr?: (text: string) => void }): Promise<DudaoModule>;
}
