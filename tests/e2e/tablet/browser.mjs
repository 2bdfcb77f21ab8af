// Chromium with a profile that outlives it, so that a test can kill it and come back.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { chromium } = createRequire(join(process.env.DUDAO_SOURCE_DIR, 'web/package.json'))('playwright-core');
const executablePath = process.env.DUDAO_CHROMIUM ?? '/usr/bin/chromium';

export const PHONE = { width: 360, height: 740 };
export const TABLET = { width: 1280, height: 800 };
export const SHOTS = process.env.DUDAO_SCREENSHOTS;

// One tablet: a browser profile of its own.
export class Tablet {
  static async open(folder, url, options = {}) {
    const tablet = new Tablet(folder, url, options);
    await tablet.start();
    return tablet;
  }
  constructor(folder, url, { viewport = TABLET, language = 'zh', theme = 'light', args = [] } = {}) {
    Object.assign(this, { folder, url, viewport, language, theme, args });
    mkdirSync(folder, { recursive: true });
    this.problems = [];
    this.offline = false;
  }

  async start() {
    this.context = await chromium.launchPersistentContext(this.folder, {
      executablePath,
      viewport: this.viewport,
      locale: this.language === 'zh' ? 'zh-CN' : 'en-GB',
      timezoneId: 'Asia/Shanghai',
      geolocation: { latitude: 35.604025, longitude: 110.983333, accuracy: 12 },
      permissions: ['geolocation'],
      acceptDownloads: true,
      offline: this.offline,
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', ...this.args],
    });
    this.context.setDefaultTimeout(60_000);
    await this.context.addInitScript(
      ([language, theme]) => {
        if (localStorage.getItem('dudao-tablet-preferences') === null) localStorage.setItem('dudao-tablet-preferences', JSON.stringify({ language, theme, textSize: 1 }));
      },
      [this.language, this.theme],
    );
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    this.#listen(this.page);
    return this.page.goto(this.url, { waitUntil: 'domcontentloaded' });
  }
  #listen(page) {
    page.on('pageerror', (error) => this.problems.push(`error: ${error.message}`));
    page.on('console', (message) => {
      // What the policy refuses, and what nobody caught. A network that is down is no problem of the page.
      if (message.type() === 'error' && !/net::ERR_|Failed to load resource/.test(message.text())) this.problems.push(message.text());
    });
  }
  async another() {
    const page = await this.context.newPage();
    this.#listen(page);
    await page.goto(this.url, { waitUntil: 'domcontentloaded' });
    return page;
  }

  // As when the battery is pulled: every process of this browser, at once.
  async kill() {
    const pids = await processesOf(this.folder);
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone with its parent.
      }
    }
    await this.context.close().catch(() => undefined);
  }
  close() {
    return this.context.close();
  }

  // Flight mode, or not; it outlives a kill.
  async setOffline(offline) {
    this.offline = offline;
    await this.context.setOffline(offline);
  }

  test(name) {
    return this.page.locator(`[data-test="${name}"]`);
  }
  async enrol(uri) {
    await this.page.locator('[data-path="code"]').fill(uri);
    await this.test('enrol').click();
    await this.test('begin').click();
    await this.test('sync-card').waitFor();
  }
  async sync() {
    await this.page.goto(`${this.url}#/sync`);
    await this.test('sync').click();
    await this.page.waitForFunction(() => document.querySelector('[data-test="sync"]') !== null && document.querySelector('.van-progress') === null);
  }
  async goStep(id) {
    await this.page.locator(`[data-go="${id}"]:visible`).click();
    await this.page.locator(`[data-step="${id}"]`).waitFor();
  }
  async saved() {
    // The mark is drawn with the next frame.
    await this.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    await this.page.locator('[data-test="saved-mark"][data-state="saved"]:visible').first().waitFor();
  }
  async shot(name) {
    if (!SHOTS) return;
    mkdirSync(SHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  }
}

// Only those of this profile: other browsers run beside this test.
async function processesOf(folder) {
  const listed = spawn('ps', ['-eo', 'pid,args'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const piece of listed.stdout) text += piece;
  return text
    .split('\n')
    .filter((line) => line.includes(`--user-data-dir=${folder}`))
    .map((line) => Number.parseInt(line.trim(), 10))
    .filter((pid) => pid > 0 && pid !== process.pid);
}
