// What the office's picture holds, or what was typed from it: "dudao://enrol?s=HOST:PORT&c=CODE&k=HEX&t=HEX", or the code alone. The server
// is the one that this page came from; which addresses other tablets use does not matter here.

export interface Invitation {
  code: string;
  // Of the server's signing key, hex; empty where only the code was typed.
  serverFingerprint: string;
}

const CODE_LENGTH = 12;

function plain(code: string): string {
  return code.normalize('NFKC').replace(/[\s\-_.·]/g, '').toUpperCase();
}

export function readInvitation(text: string): Invitation | null {
  const trimmed = text.trim();
  const query = /^dudao:\/\/enrol\/?\?(.*)$/i.exec(trimmed)?.[1];
  if (query === undefined) {
    const code = plain(trimmed);
    return code.length === CODE_LENGTH && /^[0-9A-Z]+$/.test(code) ? { code, serverFingerprint: '' } : null;
  }
  const parts = new URLSearchParams(query);
  const code = plain(parts.get('c') ?? '');
  return code === '' ? null : { code, serverFingerprint: parts.get('k') ?? '' };
}
