// What people do in the pages, in their words.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

export const VILLAGE = '140824103200';

// Waits until the app can start without a network: the service worker has everything.
export async function readyForTheField(tablet) {
  await tablet.page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller === null) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  });
}

export async function startVisit(tablet, search, unit, people) {
  const { page } = tablet;
  await page.goto(`${tablet.url}#/new`);
  await tablet.test('place-search').fill(search);
  await page.locator(`[data-unit="${unit}"]`).click();
  for (const person of people) await page.locator(`[data-person="${person}"]:visible`).click();
  await tablet.test('start-visit').click();
  await page.locator('[data-step]').waitFor();
}

export async function fillHeader(tablet) {
  const { page } = tablet;
  await tablet.goStep('head');
  await page.getByRole('button', { name: '四不两直' }).click();
  await page.locator('[data-area="grid"]').click();
  await page.locator('[data-path="arrived_at_ms"]').fill('09:00');
  await page.locator('[data-path="left_at_ms"]').fill('15:30');
  await tablet.test('take-fix').click();
  await tablet.test('fix').waitFor();
  await tablet.saved();
}

// Answers every choice of the form: `no` are the codes with 否. `onFinding` is called while the finding that opened is shown.
export async function answerAll(tablet, no, onFinding) {
  const { page } = tablet;
  const answered = [];
  for (const step of await page.locator('[data-go]:visible').evaluateAll((all) => all.map((one) => one.dataset.go).filter((id) => /^[A-Z]$/.test(id)))) {
    await tablet.goStep(step);
    for (const code of await page.locator('[data-item]').evaluateAll((all) => all.map((one) => one.dataset.item))) {
      const item = page.locator(`[data-item="${code}"]`);
      const wanted = no.includes(code) ? '否' : '是';
      const button = item.getByRole('button', { name: wanted, exact: true });
      if ((await button.count()) === 0) continue;
      await button.click();
      await item.locator('button[aria-pressed="true"]').waitFor();
      answered.push(code);
      if (no.includes(code)) {
        await page.locator('[data-path$=".problem"]:visible').waitFor();
        await onFinding(code, answered);
      }
    }
  }
  return answered;
}

// A picture of some hundred kilobytes, each another.
export async function photo(page, seed, width = 1200, height = 900) {
  const base64 = await page.evaluate(
    async ([start, w, h]) => {
      const canvas = document.createElement('canvas');
      canvas.width = w;
      canvas.height = h;
      const context = canvas.getContext('2d');
      const picture = context.createImageData(w, h);
      let state = start * 2654435761 + 1;
      for (let at = 0; at < picture.data.length; at += 4) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        picture.data[at] = 90 + ((state >>> 24) & 63);
        picture.data[at + 1] = 110 + ((at / 4 / w) & 63);
        picture.data[at + 2] = 70 + ((state >>> 18) & 31);
        picture.data[at + 3] = 255;
      }
      context.putImageData(picture, 0, 0);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.6));
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let text = '';
      for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
      return btoa(text);
    },
    [seed, width, height],
  );
  return { name: `photo-${seed}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') };
}

// As a camera makes them: what follows a picture's end is not looked at.
export async function largePhoto(page, seed, bytes) {
  const file = await photo(page, seed);
  return { ...file, buffer: Buffer.concat([file.buffer, randomBytes(bytes)]) };
}
// Photos are sent as they were taken, from the next start of the page.
export const keepOriginals = (page) => page.evaluate(() => localStorage.setItem('dudao-tablet-photo-size', 'original'));

export async function addPhotos(tablet, within, files) {
  const tiles = within.locator('[data-photo]');
  const before = await tiles.count();
  for (const [index, file] of files.entries()) {
    await within.locator('[data-test="photo-input"]').setInputFiles(file);
    await tiles.nth(before + index).waitFor();
  }
}

export async function digest(tablet) {
  await tablet.page.goto(`${tablet.url}#/sync`);
  await tablet.page.waitForFunction(() => (document.querySelector('[data-test="digest"]')?.dataset.digest ?? '') !== '');
  return tablet.test('digest').getAttribute('data-digest');
}

export function noProblems(...tablets) {
  for (const tablet of tablets) assert.deepEqual(tablet.problems, []);
}
