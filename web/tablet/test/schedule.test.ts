import { expect, test } from 'vitest';

import { Schedule } from '../src/core/schedule';

// A clock that the test moves.
class Timers {
  now = 0;
  private next = 1;
  private readonly due = new Map<number, { at: number; work: () => void }>();
  set = (work: () => void, ms: number): number => {
    this.due.set(this.next, { at: this.now + ms, work });
    return this.next++;
  };
  clear = (timer: number): void => void this.due.delete(timer);
  get waiting(): number[] {
    return [...this.due.values()].map(({ at }) => at - this.now);
  }
  async pass(ms: number): Promise<void> {
    this.now += ms;
    for (const [timer, { at, work }] of [...this.due]) {
      if (at > this.now) continue;
      this.due.delete(timer);
      work();
    }
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }
}

function scheduleOf(run: () => Promise<boolean>, everyMs = 600_000) {
  const timers = new Timers();
  const schedule = new Schedule({ run, everyMs, setTimer: timers.set, clearTimer: timers.clear, random: () => 0.5 });
  return { timers, schedule };
}

test('syncs at the start and then every so often', async () => {
  let runs = 0;
  const { timers, schedule } = scheduleOf(() => Promise.resolve(++runs > 0));
  schedule.start();
  await timers.pass(1_000);
  expect(runs).toBe(1);
  expect(timers.waiting).toEqual([600_000]);
  await timers.pass(600_000);
  expect(runs).toBe(2);
});

test('waits longer after each failure, and never longer than between two good ones', async () => {
  const { timers, schedule } = scheduleOf(() => Promise.resolve(false));
  schedule.start();
  await timers.pass(1_000);
  const pauses: number[] = [];
  for (let i = 0; i < 9; i++) {
    const pause = timers.waiting[0]!;
    pauses.push(pause);
    await timers.pass(pause);
  }
  expect(pauses.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
  expect(pauses.at(-1)).toBe(600_000);
});

test('does not wait any more once the network is back', async () => {
  let ok = false;
  const { timers, schedule } = scheduleOf(() => Promise.resolve(ok));
  schedule.start();
  for (let i = 0; i < 6; i++) await timers.pass(timers.waiting[0]!);
  expect(timers.waiting[0]).toBeGreaterThan(60_000);
  ok = true;
  schedule.soon();
  expect(timers.waiting).toEqual([1_000]);
});

test('never runs two at a time, and runs again where it was asked meanwhile', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  let end: () => void = () => undefined;
  const { timers, schedule } = scheduleOf(async () => {
    runs++;
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => (end = resolve));
    running--;
    return true;
  });
  schedule.start();
  await timers.pass(1_000);
  schedule.soon();
  await timers.pass(10_000);
  expect(runs).toBe(1);
  end();
  await timers.pass(0);
  await timers.pass(1_000);
  expect(runs).toBe(2);
  expect(most).toBe(1);
});

test('stops', async () => {
  const { timers, schedule } = scheduleOf(() => Promise.resolve(true));
  schedule.start();
  schedule.stop();
  expect(timers.waiting).toEqual([]);
  schedule.soon();
  expect(timers.waiting).toEqual([]);
});
