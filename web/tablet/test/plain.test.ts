import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readInvitation } from '../src/model/invitation';
import { momentOf } from '../src/model/ids';
import { parseScaled, showScaled } from '../src/model/numbers';

describe('Numbers', () => {
  it('keeps yuan in fen without rounding', () => {
    expect(parseScaled('123456.78', 100)).toBe(12345678n);
    expect(parseScaled('0.1', 100)).toBe(10n);
    expect(parseScaled('１２，３４５.5', 100)).toBe(1234550n);
    expect(showScaled(12345678n, 100)).toBe('123456.78');
    expect(showScaled(1234550n, 100)).toBe('12345.5');
    expect(showScaled(5n, 100)).toBe('0.05');
    expect(showScaled(7n, 1)).toBe('7');
  });
  it('takes nothing for nothing, and refuses what is no such number', () => {
    expect(parseScaled(' ', 1)).toBeNull();
    for (const typed of ['1.2.3', 'abc', '-4', '1e3', '0.123']) expect(parseScaled(typed, 100), typed).toBeUndefined();
    expect(parseScaled('1.5', 1)).toBeUndefined();
  });
});

describe('Invitation', () => {
  it('takes the link of the picture and the code as people type it', () => {
    expect(readInvitation('dudao://enrol?s=10.0.0.1:7447&c=ABCD-EFGH-JK23&k=00ff')).toEqual({ code: 'ABCDEFGHJK23', serverFingerprint: '00ff' });
    expect(readInvitation(' abcd efgh jk23 ')).toEqual({ code: 'ABCDEFGHJK23', serverFingerprint: '' });
  });
  it('refuses anything else', () => {
    for (const text of ['', 'https://example.com', 'ABCD', 'dudao://enrol?s=x', 'ABCDEFGHJK234']) expect(readInvitation(text), text).toBeNull();
  });
});

describe('Moments', () => {
  it('are of the county, whatever the tablet’s zone is', () => {
    expect(momentOf('2026-09-21', '09:00')).toBe(BigInt(Date.UTC(2026, 8, 21, 1, 0)));
    expect(momentOf('2026-09-21', '')).toBeNull();
  });
});

// WCAG 2.2, relative luminance and contrast.
function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

describe('Colours', () => {
  const style = readFileSync(new URL('../src/styles/tokens.css', import.meta.url), 'utf8');
  const themes = style.split("[data-theme='dark']");
  for (const [name, source] of [['light', themes[0]], ['dark', themes[1]]] as const) {
    const colours = new Map([...(source ?? '').matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
    const of = (key: string) => colours.get(key) ?? '#000000';
    it(`have a contrast of 7 to 1 in the ${name} theme`, () => {
      for (const ink of ['ink', 'ink-soft', 'brand', 'yes', 'partly', 'no', 'na']) {
        for (const surface of ['surface', 'surface-sunk']) expect(contrast(of(ink), of(surface)), `${ink} on ${surface}`).toBeGreaterThanOrEqual(7);
      }
      for (const ink of ['ink', 'ink-soft', 'brand']) expect(contrast(of(ink), of('page')), `${ink} on page`).toBeGreaterThanOrEqual(7);
      for (const tone of ['yes', 'partly', 'no', 'na']) {
        expect(contrast(of(tone), of(`${tone}-soft`)), `${tone} on its soft`).toBeGreaterThanOrEqual(7);
        expect(contrast(of('on-solid'), of(tone)), `on solid ${tone}`).toBeGreaterThanOrEqual(7);
        expect(contrast(of('ink'), of(`${tone}-soft`)), `ink on soft ${tone}`).toBeGreaterThanOrEqual(7);
      }
      expect(contrast(of('brand-ink'), of('brand'))).toBeGreaterThanOrEqual(7);
      expect(contrast(of('brand'), of('brand-soft'))).toBeGreaterThanOrEqual(7);
    });
  }
});
