import { describe, expect, it } from 'vitest';

import { EventLines } from '../src/core/news';

describe('EventLines', () => {
  it('puts events together from whatever pieces they come in, and leaves out signs of life', () => {
    const told: string[] = [];
    const lines = new EventLines((text) => told.push(text));
    for (const piece of ['da', 'ta: {"revision"', ':7}\n', '\n: alive\n\n', 'data:{"revision":8}\n\ndata: {']) lines.take(piece);
    expect(told).toEqual(['{"revision":7}', '{"revision":8}']);
    lines.take('"revision":9}\n');
    expect(told.length).toBe(3);
  });
});
