// GCJ-02, the datum of public tile services in the mainland: a shift of WGS-84 by up to some hundred metres. Only for what is
// drawn on such tiles; nothing is ever stored in it. The formula is the one that is publicly known; outside the country
// nothing is shifted. Degrees.
const RADIUS = 6378245.0;
const ECCENTRICITY2 = 0.00669342162296594323;

function wave(value: number, first: number, second: number): number {
  return ((20 * Math.sin(value * first * Math.PI) + 20 * Math.sin(value * second * Math.PI)) * 2) / 3;
}
function northShift(x: number, y: number): number {
  return (
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) +
    wave(x, 6, 2) +
    ((20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * 2) / 3 +
    ((160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * 2) / 3
  );
}
function eastShift(x: number, y: number): number {
  return (
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) +
    wave(x, 6, 2) +
    ((20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * 2) / 3 +
    ((150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * 2) / 3
  );
}

export function toGcj02(longitude: number, latitude: number): readonly [number, number] {
  if (longitude < 72.004 || longitude > 137.8347 || latitude < 0.8293 || latitude > 55.8271) return [longitude, latitude];
  const [x, y] = [longitude - 105, latitude - 35];
  const angle = (latitude / 180) * Math.PI;
  const magic = 1 - ECCENTRICITY2 * Math.sin(angle) ** 2;
  const north = (northShift(x, y) * 180) / (((RADIUS * (1 - ECCENTRICITY2)) / (magic * Math.sqrt(magic))) * Math.PI);
  const east = (eastShift(x, y) * 180) / ((RADIUS / Math.sqrt(magic)) * Math.cos(angle) * Math.PI);
  return [longitude + east, latitude + north];
}
