// Hands a file to the browser's downloads.
export function download(name: string, data: Uint8Array, type: string): void {
  const address = URL.createObjectURL(new Blob([data as Uint8Array<ArrayBuffer>], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has to have begun reading it.
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
