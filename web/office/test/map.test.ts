import { describe, expect, it } from 'vitest';

import { toGcj02 } from '../src/map/gcj02';
import { sheetOf } from '../src/map/projection';

const SQUARE = [[110.9, 35.5], [111.1, 35.5], [111.1, 35.7], [110.9, 35.7]] as const;

describe('GCJ-02', () => {
  it('shifts as the published formula does', () => {
    const [longitude, latitude] = toGcj02(116.404, 39.915);
    expect(longitude).toBeCloseTo(116.41024449916938, 9);
    expect(latitude).toBeCloseTo(39.91640428150164, 9);
  });
  it('leaves what lies abroad where it is', () => {
    expect(toGcj02(2.35, 48.85)).toEqual([2.35, 48.85]);
  });
});

describe('the sheet', () => {
  it('puts the corners of the county at its own corners', () => {
    const sheet = sheetOf({ outline: SQUARE });
    expect(sheet.place(110.9, 35.7)).toEqual({ x: 0, y: 0 });
    expect(sheet.place(111.1, 35.5)).toEqual({ x: sheet.width, y: sheet.height });
    expect(sheet.tiles).toEqual([]);
  });
  it('covers the county with tiles that join, and no more than a few dozen', () => {
    const sheet = sheetOf({ outline: SQUARE, tiles: { url: 'https://tiles.example/{z}/{x}/{y}.png', coordinates: 'wgs84' } });
    expect(sheet.tiles.length).toBeGreaterThan(8);
    expect(sheet.tiles.length).toBeLessThanOrEqual(36);
    expect(Math.min(...sheet.tiles.map((tile) => tile.x))).toBeLessThanOrEqual(0);
    expect(Math.max(...sheet.tiles.map((tile) => tile.y + tile.height))).toBeGreaterThanOrEqual(sheet.height);
    const [first, second] = sheet.tiles;
    expect(first!.y + first!.height).toBeCloseTo(second!.y, 6);
    expect(first!.url).toMatch(/^https:\/\/tiles\.example\/\d+\/\d+\/\d+\.png$/);
  });
  it('draws positions where tiles in GCJ-02 show them, half a kilometre from where they would be otherwise', () => {
    const tiles = { url: '{z}{x}{y}', coordinates: 'gcj02' } as const;
    const [plain, shifted] = [sheetOf({ outline: SQUARE, tiles: { ...tiles, coordinates: 'wgs84' } }), sheetOf({ outline: SQUARE, tiles })];
    // Outline and positions move together; the tiles do not move with them.
    const [before, after] = [plain.place(111, 35.6), shifted.place(111, 35.6)];
    expect(Math.hypot(before.x - after.x, before.y - after.y)).toBeLessThan(plain.kilometre / 10);
    const tile = plain.tiles[0]!;
    const same = shifted.tiles.find((one) => one.url === tile.url)!;
    const moved = Math.hypot(tile.x - same.x, tile.y - same.y) / plain.kilometre;
    expect(moved).toBeGreaterThan(0.3);
    expect(moved).toBeLessThan(1);
  });
});
