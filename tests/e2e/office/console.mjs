// One person at the console: a window of Chromium and what a hand does in it.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { chromium } = createRequire(join(process.env.DUDAO_SOURCE_DIR, 'web/package.json'))('playwright-core');
const SLOW_MS = Number(process.env.DUDAO_SLOW_MS ?? 60_000);

export const browser = () => chromium.launch({ executablePath: process.env.DUDAO_CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

export class Console {
  static async open(browser, url, options = {}, prepare = async () => {}) {
    const console = new Console();
    console.url = url;
    console.context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', acceptDownloads: true, ...options });
    console.page = await console.context.newPage();
    console.page.setDefaultTimeout(SLOW_MS);
    /** What went wrong inside the page: exceptions, what its content policy refused, and files that are not there. */
    console.problems = [];
    console.page.on('pageerror', (error) => console.problems.push(error.message));
    console.page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) console.problems.push(message.text());
      if (/status of 404/.test(message.text())) console.problems.push(`there is no ${message.location().url}`);
    });
    await prepare(console.page);
    await console.page.goto(url);
    return console;
  }

  get(name) {
    return this.page.locator(`[data-test="${name}"]`);
  }
  field(name) {
    return this.page.locator(`input[data-test="${name}"], textarea[data-test="${name}"], [data-test="${name}"] input, [data-test="${name}"] textarea`).first();
  }

  async fillSignIn(person, password) {
    await this.page.locator('input[name="person"]').last().fill(person);
    await this.page.locator('input[name="password"]').last().fill(password);
    await this.get('sign-in').last().click();
  }

  /** With a password that somebody else set: it is changed at once. */
  async signInFirst(person, first, password) {
    await this.fillSignIn(person, first);
    await this.get('change-password').waitFor();
    for (const [name, text] of [['old-password', first], ['new-password', password], ['new-password-again', password]]) await this.field(name).fill(text);
    await this.get('change-password').click();
    await this.get('who').waitFor();
  }
  async signIn(person, password) {
    await this.fillSignIn(person, password);
    await this.get('who').waitFor();
  }

  /** One action on the finding that is shown: the button, what has to be filled in, and done. */
  async act(name, fill = async () => {}) {
    const button = this.get(`do-${name}`);
    await this.page.locator('[data-test="timeline"], .page-head h1').first().waitFor();
    await this.page.locator(`[data-test="do-${name}"], [data-test="more-actions"]`).first().waitFor();
    if (!(await button.isVisible())) await this.get('more-actions').click();
    await button.click();
    await this.get('action-dialog').waitFor();
    await fill();
    await this.get('action-confirm').click();
    await this.get('action-dialog').waitFor({ state: 'hidden' });
  }
  /** What opens or closes has done so: a click before that goes to what is about to be elsewhere. */
  async settled() {
    await this.page.waitForFunction(() => document.querySelectorAll('[class*="-enter-active"], [class*="-leave-active"]').length === 0);
  }
  async pick(name, text) {
    await this.get(name).waitFor();
    await this.settled();
    await this.get(name).click();
    const item = this.page.locator('.el-select-dropdown__item:visible', { hasText: text });
    await item.waitFor();
    await this.settled();
    await item.click();
    await this.get(name).getByText(text).first().waitFor();
  }
  async pickDay(day) {
    const input = this.get('action-dialog').locator('.el-date-editor input');
    await input.fill(day);
    await input.press('Enter');
  }

  async go(path) {
    await this.page.goto(`${this.url}#${path}`);
  }
  /** By its number: visits of one day stand in no order that a test could know. */
  async openVisit(number) {
    await this.go('/visits');
    await this.get('visits').locator('tbody tr', { hasText: number }).click();
  }
  /** Waits until all of these can be read on the page, be it in a field. */
  async reads(...texts) {
    const readable = (wanted) => {
      const fields = Array.from(document.querySelectorAll('input, textarea'), (field) => field.value);
      const all = [document.body.innerText, ...fields].join('\n').replace(/\s+/g, ' ');
      return wanted.every((text) => all.includes(text));
    };
    try {
      await this.page.waitForFunction(readable, texts, { timeout: SLOW_MS });
    } catch (error) {
      const missing = [];
      for (const text of texts) if (!(await this.page.evaluate(readable, [text]))) missing.push(text);
      throw new Error(`not on ${this.page.url()}: ${JSON.stringify(missing)}`, { cause: error });
    }
  }
  async shot(name) {
    await this.page.screenshot({ path: join(process.env.DUDAO_SCREENSHOTS, `office-${name}.png`) });
  }
  close() {
    return this.context.close();
  }
}
