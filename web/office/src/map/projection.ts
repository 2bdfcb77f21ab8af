// From WGS-84 degrees to a small flat picture of the county. Good for some tens of kilometres; no map.
import outline from './jishan_outline.json';

export interface Point {
  readonly x: number;
  readonly y: number;
}

const ring: readonly (readonly [number, number])[] = outline.ring.map(([longitude = 0, latitude = 0]) => [longitude, latitude]);
const west = Math.min(...ring.map((point) => point[0]));
const east = Math.max(...ring.map((point) => point[0]));
const south = Math.min(...ring.map((point) => point[1]));
const north = Math.max(...ring.map((point) => point[1]));
// A degree of longitude is shorter than one of latitude here.
const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);

export const HEIGHT = 1000;
export const WIDTH = Math.round((HEIGHT * (east - west) * squeeze) / (north - south));

export function place(longitude: number, latitude: number): Point {
  return { x: ((longitude - west) / (east - west)) * WIDTH, y: ((north - latitude) / (north - south)) * HEIGHT };
}

export const OUTLINE_PATH = `M${ring.map(([longitude, latitude]) => {
  const { x, y } = place(longitude, latitude);
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}).join('L')}Z`;

/** A box around the outline, with a margin, as SVG wants it. */
export const VIEW_BOX = `-30 -30 ${WIDTH + 60} ${HEIGHT + 60}`;

/** Kilometres as units of the picture. */
export const KILOMETRE = HEIGHT / ((north - south) * 110.95);
