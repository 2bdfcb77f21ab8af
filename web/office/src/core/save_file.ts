// Hands bytes to the browser as a file with a name.

const TYPES: Readonly<Record<string, string>> = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  svg: 'image/svg+xml',
};

export function saveFile(name: string, content: Uint8Array<ArrayBuffer>): void {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const url = URL.createObjectURL(new Blob([content], { type: TYPES[ending] ?? 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
