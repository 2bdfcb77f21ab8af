// The picture that the office shows, held before a camera: a film for Chromium's fake one, made from the blocks that a terminal prints.
import { writeFileSync } from 'node:fs';

const WIDTH = 640;
const HEIGHT = 480;
const BLOCKS = { ' ': [0, 0], '\u2580': [1, 0], '\u2584': [0, 1], '\u2588': [1, 1] };

// Rows of filled (1) and empty (0) cells.
function cellsOf(text) {
  const rows = [];
  for (const line of text.split('\n').filter((one) => /[\u2580\u2584\u2588]/.test(one))) {
    const cells = [...line].map((sign) => BLOCKS[sign] ?? [0, 0]);
    rows.push(cells.map(([upper]) => upper), cells.map(([, lower]) => lower));
  }
  return rows;
}

// `text` as `dudao device enrol` prints it. On a dark terminal what is filled is light.
export function film(text, path) {
  const rows = cellsOf(text);
  const columns = Math.max(...rows.map((row) => row.length));
  const scale = Math.floor(Math.min((HEIGHT - 40) / rows.length, (WIDTH - 40) / columns));
  const filledIsLight = rows[0].filter((cell) => cell === 1).length > columns / 2;
  const luma = Buffer.alloc(WIDTH * HEIGHT, 235);
  const [top, left] = [Math.floor((HEIGHT - scale * rows.length) / 2), Math.floor((WIDTH - scale * columns) / 2)];
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < columns; x += 1) {
      const dark = ((row[x] ?? 0) === 1) !== filledIsLight;
      if (!dark) continue;
      for (let line = 0; line < scale; line += 1) luma.fill(16, (top + y * scale + line) * WIDTH + left + x * scale, (top + y * scale + line) * WIDTH + left + (x + 1) * scale);
    }
  }
  const colour = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, colour]);
  writeFileSync(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`), frame, frame]));
}
