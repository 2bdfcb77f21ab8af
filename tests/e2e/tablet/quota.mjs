// A tablet's room, by the browser's own quota. navigator.storage.estimate() tells neither what is used nor what is left.
const FRAMES_STILL = 20;

export class Quota {
  static async of(tablet) {
    const quota = new Quota(tablet);
    // A page that stays: with the session ends what it has set.
    quota.session = await tablet.context.newCDPSession(await tablet.context.newPage());
    return quota;
  }

  constructor(tablet) {
    this.tablet = tablet;
    this.origin = new URL(tablet.url).origin;
  }

  async used() {
    const { usage } = await this.session.send('Storage.getUsageAndQuota', { origin: this.origin });
    return usage;
  }

  // So many bytes are left; without a number, as many as there are.
  async leave(bytes) {
    const quotaSize = bytes === undefined ? {} : { quotaSize: Math.max(1, (await this.used()) + bytes) };
    await this.session.send('Storage.overrideQuotaForOrigin', { origin: this.origin, ...quotaSize });
  }

  // Ends the app, so that its log is written back and empty, and no file counts as more than what is in it.
  async endApp() {
    const { tablet } = this;
    const other = await tablet.another();
    await other.locator('[data-test="take-over"]').click();
    await tablet.test('elsewhere').waitFor();
    await other.locator('[data-test="elsewhere"]').waitFor({ state: 'detached' });
    await other.close();
    await this.leaveApp();
  }

  // As when its tab is closed: without an end. An empty page of the origin is shown then, outside of what the service worker answers with the
  // app. Chromium puts its count right some time after the files are closed, and is told of no end: it has to stand still.
  async leaveApp() {
    const { page } = this.tablet;
    const empty = `${this.origin}/empty`;
    await page.route(empty, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await page.goto(empty);
    await page.unroute(empty);
    await page.waitForFunction(async () => (await navigator.locks.query()).held.length === 0);
    let before = -1;
    for (let still = 0; still < FRAMES_STILL; ) {
      const now = await this.used();
      still = now === before ? still + 1 : 0;
      before = now;
      await page.evaluate(() => new Promise((resume) => requestAnimationFrame(resume)));
    }
  }
}
