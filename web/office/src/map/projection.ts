// From WGS-84 degrees to a small flat picture of the county, with the tiles that lie under it. Good for some tens of
// kilometres.
import { toGcj02 } from './gcj02';

export interface Point {
  readonly x: number;
  readonly y: number;
}
export type Degrees = readonly [number, number];
export interface Tiles {
  /** With {z}, {x} and {y}. */
  readonly url: string;
  readonly coordinates: 'wgs84' | 'gcj02';
  readonly attribution?: string;
  readonly max_zoom?: number;
}
export interface CountyShape {
  readonly outline: readonly Degrees[];
  readonly tiles?: Tiles | undefined;
}
export interface Tile extends Point {
  readonly url: string;
  readonly width: number;
  readonly height: number;
}
export interface Sheet {
  readonly width: number;
  readonly height: number;
  /** A box around the outline, with a margin, as SVG wants it. */
  readonly viewBox: string;
  readonly outline: string;
  readonly tiles: readonly Tile[];
  /** As units of the picture. */
  readonly kilometre: number;
  /** Where a position in WGS-84 lies. */
  place(longitude: number, latitude: number): Point;
}

const HEIGHT = 1000;
const MARGIN = 30;
const TILES_MAX = 36;
const ZOOM_LAST = 17;

/** Web Mercator's numbering, for both datums. */
const column = (longitude: number, zoom: number): number => ((longitude + 180) / 360) * 2 ** zoom;
const row = (latitude: number, zoom: number): number =>
  ((1 - Math.asinh(Math.tan((latitude * Math.PI) / 180)) / Math.PI) / 2) * 2 ** zoom;
const longitudeOf = (x: number, zoom: number): number => (x / 2 ** zoom) * 360 - 180;
const latitudeOf = (y: number, zoom: number): number => (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / 2 ** zoom))) * 180) / Math.PI;

export function sheetOf(shape: CountyShape): Sheet {
  const shown = ([longitude, latitude]: Degrees): Degrees => (shape.tiles?.coordinates === 'gcj02' ? toGcj02(longitude, latitude) : [longitude, latitude]);
  const ring = shape.outline.map(shown);
  const [west, east] = [Math.min(...ring.map((point) => point[0])), Math.max(...ring.map((point) => point[0]))];
  const [south, north] = [Math.min(...ring.map((point) => point[1])), Math.max(...ring.map((point) => point[1]))];
  // A degree of longitude is shorter than one of latitude here.
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const width = Math.round((HEIGHT * (east - west) * squeeze) / (north - south));
  const put = ([longitude, latitude]: Degrees): Point => ({ x: ((longitude - west) / (east - west)) * width, y: ((north - latitude) / (north - south)) * HEIGHT });
  const outline = `M${ring.map(put).map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join('L')}Z`;

  /** As fine as so many pictures allow. */
  function cover(tiles: Tiles): Tile[] {
    for (let zoom = Math.min(tiles.max_zoom ?? ZOOM_LAST, ZOOM_LAST); zoom > 0; zoom--) {
      const [left, right] = [Math.floor(column(west, zoom)), Math.floor(column(east, zoom))];
      const [top, bottom] = [Math.floor(row(north, zoom)), Math.floor(row(south, zoom))];
      if ((right - left + 1) * (bottom - top + 1) > TILES_MAX) continue;
      const out: Tile[] = [];
      for (let x = left; x <= right; x++) {
        for (let y = top; y <= bottom; y++) {
          const corner = put([longitudeOf(x, zoom), latitudeOf(y, zoom)]);
          const opposite = put([longitudeOf(x + 1, zoom), latitudeOf(y + 1, zoom)]);
          const url = tiles.url.replace('{z}', String(zoom)).replace('{x}', String(x)).replace('{y}', String(y));
          out.push({ url, x: corner.x, y: corner.y, width: opposite.x - corner.x, height: opposite.y - corner.y });
        }
      }
      return out;
    }
    return [];
  }

  return {
    width,
    height: HEIGHT,
    viewBox: `${-MARGIN} ${-MARGIN} ${width + 2 * MARGIN} ${HEIGHT + 2 * MARGIN}`,
    outline,
    tiles: shape.tiles === undefined ? [] : cover(shape.tiles),
    kilometre: HEIGHT / ((north - south) * 110.95),
    place: (longitude, latitude) => put(shown([longitude, latitude])),
  };
}
