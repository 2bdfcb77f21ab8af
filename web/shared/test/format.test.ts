import { describe, expect, it } from 'vitest';

import { RectificationState } from '../src/gen/dudao/records/v1/rectification_pb';
import {
  formatBytes,
  formatClock,
  formatDay,
  formatMinutes,
  formatMonth,
  formatShortDay,
  formatTime,
  formatWeekday,
  fromHex,
  localDay,
  RECTIFICATION_STATE,
  toHex,
  word,
} from '../src/format';

describe('days and times', () => {
  it('are said as people here read them', () => {
    expect(formatDay('zh', '2026-09-21')).toBe('2026年9月21日');
    expect(formatDay('en', '2026-09-21')).toBe('21 Sep 2026');
    expect(formatMonth('zh', '2026-09')).toBe('2026年9月');
    expect(formatShortDay('zh', '2026-10-01')).toBe('10月1日');
    expect(formatWeekday('zh', '2026-09-21')).toBe('周一');
    expect(formatMinutes('zh', 390)).toBe('6小时30分');
    expect(formatMinutes('zh', 360)).toBe('6小时');
  });

  it('show what is no day as it is, and nothing as not given', () => {
    expect(formatDay('zh', '二十一日')).toBe('二十一日');
    expect(formatDay('zh', '')).toBe('未填写');
    expect(formatTime('zh', 0n)).toBe('未填写');
  });

  it('are of Shanghai, whatever the browser’s zone is', () => {
    const lastMinute = Date.UTC(2026, 8, 21, 15, 59);
    expect(localDay(lastMinute)).toBe('2026-09-21');
    expect(localDay(lastMinute + 60_000)).toBe('2026-09-22');
    expect(formatClock(lastMinute + 60_000)).toBe('00:00');
    expect(formatTime('zh', BigInt(lastMinute))).toBe('2026年9月21日 23:59');
  });
});

describe('numbers of the contract', () => {
  it('all have a word', () => {
    for (const state of Object.values(RectificationState)) {
      if (typeof state === 'number') expect(RECTIFICATION_STATE[state]).toBeDefined();
    }
  });

  it('of a newer server are said as such', () => {
    expect(word('zh', RECTIFICATION_STATE, 99)).toBe('未知（99）');
  });
});

describe('bytes', () => {
  it('go to text and back', () => {
    expect(toHex(new Uint8Array([0, 255, 16]))).toBe('00ff10');
    expect(Array.from(fromHex('00ff10')!)).toEqual([0, 255, 16]);
    expect(fromHex('0')).toBeUndefined();
    expect(fromHex('zz')).toBeUndefined();
    expect(formatBytes(1536)).toBe('1.5 KB');
  });
});
