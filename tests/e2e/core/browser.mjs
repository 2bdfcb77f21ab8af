// A Chromium of our own, so that it can be killed like a tablet whose battery fell out; and a server of the page's files.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';

const { chromium } = createRequire(join(process.env.DUDAO_SOURCE_DIR, 'web/package.json'))('playwright-core');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--remote-debugging-port=0',
];

/** The policy is that of the real server: no inline script, WebAssembly allowed. */
export async function serve(folder) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    try {
      const bytes = await readFile(join(folder, path === '/' ? 'index.html' : path));
      response.writeHead(200, {
        'content-type': TYPES[extname(path)] ?? 'text/html',
        'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
      });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://localhost:${server.address().port}/`, close: () => server.close() };
}

export class Browser {
  static async start(profile) {
    const browser = new Browser();
    browser.process = spawn(process.env.DUDAO_CHROMIUM, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    const address = await new Promise((resolve, reject) => {
      let said = '';
      browser.process.stderr.on('data', (data) => {
        said += data;
        const found = /DevTools listening on (ws:\S+)/.exec(said);
        if (found) resolve(found[1]);
      });
      browser.process.once('exit', () => reject(new Error(`chromium ended: ${said.slice(-2000)}`)));
    });
    browser.ended = new Promise((resolve) => browser.process.once('exit', resolve));
    browser.connection = await chromium.connectOverCDP(address);
    browser.context = browser.connection.contexts()[0];
    browser.context.setDefaultTimeout(60_000);
    return browser;
  }

  async open(url) {
    const page = await this.context.newPage();
    page.on('pageerror', (error) => console.error(`page: ${error.message}`));
    await page.goto(url);
    await page.waitForFunction(() => 'suite' in globalThis);
    return page;
  }

  /** The whole group of processes, at once. */
  async kill() {
    process.kill(-this.process.pid, 'SIGKILL');
    await this.ended;
  }

  async close() {
    await this.connection.newBrowserCDPSession().then((session) => session.send('Browser.close')).catch(() => undefined);
    await this.ended;
  }
}

/** Calls one function of the page's suite. */
export function on(page, name, ...args) {
  return page.evaluate(([method, list]) => globalThis.suite[method](...list), [name, args]);
}
