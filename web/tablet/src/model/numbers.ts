// Numbers as people type them, and as the core keeps them: whole, in the smallest unit. No floating point in between.

export function showScaled(value: bigint, scale: number): string {
  if (scale === 1) return value.toString();
  const sign = value < 0n ? '-' : '';
  const size = value < 0n ? -value : value;
  const digits = String(scale).length - 1;
  const rest = (size % BigInt(scale)).toString().padStart(digits, '0').replace(/0+$/, '');
  const whole = (size / BigInt(scale)).toString();
  return sign + (rest === '' ? whole : `${whole}.${rest}`);
}

// null for nothing typed, undefined for what is no such number. Full-width digits and thousands separators count as people mean them.
export function parseScaled(typed: string, scale: number): bigint | null | undefined {
  const plain = typed.normalize('NFKC').replace(/[\s,_]/g, '').replace(/。/g, '.');
  if (plain === '') return null;
  const digits = String(scale).length - 1;
  const match = /^(\d{1,15})(?:\.(\d*))?$/.exec(plain);
  if (match === null) return undefined;
  const rest = match[2] ?? '';
  if (rest.length > digits) return undefined;
  return BigInt(match[1] ?? '0') * BigInt(scale) + BigInt(rest.padEnd(digits, '0') || '0');
}
