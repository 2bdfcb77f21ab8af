// A county for one test: a real server in a folder of its own, and tablets of the `dudao` command that write into it.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const source = process.env.DUDAO_SOURCE_DIR;
const program = join(process.env.DUDAO_BIN_DIR, 'dudao');
const START_MS = 120_000;
export const ADMIN_PASSWORD = 'Harvest-Moon-7731';
// A picture of one grey pixel; browsers show it, and no library is needed to make it.
export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64');

export class County {
  /** Further options of `dudao serve`. */
  options = [];

  /** With `moment`, server, command and tablets have one clock that stands where the test puts it. */
  static async start(name, moment) {
    const county = new County();
    county.folder = join(process.env.DUDAO_WORK, name);
    county.session = join(county.folder, 'session');
    mkdirSync(county.folder, { recursive: true });
    if (moment !== undefined) {
      county.now = `@${join(county.folder, 'clock')}`;
      county.at(moment);
    }
    const first = county.secret('first', 'First-Light-4419');
    await county.dudao('setup', '--data-dir', join(county.folder, 'server'), '--admin', 'admin', '--name', '系统管理员', '--password-file', first);
    await county.serve();
    await county.office('sign-in', '--server', county.address, '--person', 'admin', '--password-file', first);
    await county.office('password', '--old-password-file', first, '--new-password-file', county.secret('admin', ADMIN_PASSWORD));
    for (const [kind, file] of [['divisions', 'jishan-divisions.csv'], ['people', 'sample-people.csv'], ['form', 'form-default.textproto'], ['holidays', 'holidays-2026.csv']]) {
      await county.office('import', kind, join(source, 'data', file));
    }
    return county;
  }

  /** The county after `dudao scenario`: four teams, twenty tablets, visits submitted. Its clock stands at that evening. */
  static async afterScenario(name) {
    const county = new County();
    const parent = join(process.env.DUDAO_WORK, name);
    await run(program, ['scenario', '--data-dir', parent, '--data', join(source, 'data'), '--listen', '127.0.0.1:0', '--lang', 'en'], { maxBuffer: 1 << 26 });
    county.folder = join(parent, 'day-1');
    county.session = join(county.folder, 'session');
    county.now = `@${join(county.folder, 'clock')}`;
    await county.serve();
    await county.office('sign-in', '--server', county.address, '--person', 'admin', '--password-file', join(county.folder, 'server.admin-password'));
    return county;
  }

  /** Puts the clock there; it goes on from there. */
  at(moment) {
    this.moment = moment;
    const path = join(this.folder, 'clock');
    writeFileSync(`${path}.new`, `${Date.parse(moment) - Date.now()}\n`);
    renameSync(`${path}.new`, path);
  }
  async signInAgain() {
    await this.dudao('--session', this.session, 'sign-in', '--server', this.address, '--person', 'admin', '--password-file', join(this.folder, 'admin.secret'));
  }

  get url() {
    return `http://127.0.0.1:${this.webPort}/office/`;
  }

  secret(name, text) {
    const path = join(this.folder, `${name}.secret`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** Once more: at the same address, which the tablets know. */
  async serve() {
    const [port, webPort] = [join(this.folder, 'port'), join(this.folder, 'web-port')];
    for (const file of [port, webPort]) rmSync(file, { force: true });
    this.server = spawn(
      program,
      [...this.#clock(), 'serve', '--data-dir', join(this.folder, 'server'), '--listen', this.address ?? '127.0.0.1:0', '--port-file', port, '--web-listen', `127.0.0.1:${this.webPort ?? 0}`, '--web-port-file', webPort, '--web-root', join(source, 'build/web'), '--log', join(this.folder, 'server.log'), ...this.options],
      { stdio: 'ignore' },
    );
    this.address = `127.0.0.1:${await this.#portIn(port)}`;
    this.webPort = Number(await this.#portIn(webPort));
  }

  async #portIn(file) {
    for (const end = Date.now() + START_MS; Date.now() < end; await pause(50)) {
      const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
      if (text !== '') return text;
      if (this.server.exitCode !== null) throw new Error(`the server ended with ${this.server.exitCode}`);
    }
    throw new Error('the server did not start');
  }

  #clock() {
    return this.now === undefined ? [] : ['--now', this.now];
  }

  /** Lines of --json. */
  async dudao(...words) {
    const { stdout } = await run(program, [...this.#clock(), ...words, '--json'], { maxBuffer: 1 << 26 });
    return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  }
  /** As the administrator, who signs in again where the clock went past the end of the session. */
  async office(...words) {
    const run = () => this.dudao('--session', this.session, ...words);
    try {
      return await run();
    } catch (error) {
      if (!error.stdout?.includes('"SESSION_ENDED"')) throw error;
      await this.signInAgain();
      return run();
    }
  }

  /** A password for somebody, as an administrator hands it out. */
  async firstPassword(person) {
    const [answer] = await this.office('person', 'reset-password', person);
    return answer.password;
  }

  /** Somebody who chose this password already; answers what runs the office's commands as that person. */
  async person(person, password) {
    const session = join(this.folder, `session-${person}`);
    const run = (...words) => this.dudao('--session', session, ...words);
    const first = this.secret(`${person}-first`, await this.firstPassword(person));
    await run('sign-in', '--server', this.address, '--person', person, '--password-file', first);
    await run('password', '--old-password-file', first, '--new-password-file', this.secret(person, password));
    return run;
  }

  async tablet(person, name = `平板 ${person}`) {
    const [enrolment] = await this.office('device', 'enrol', person);
    const tablet = new Tablet(this, join(this.folder, `${person}.db`));
    await tablet.run('enrol', enrolment.uri, '--name', name);
    await tablet.run('sync');
    return tablet;
  }

  /** The page of a visit at the console. */
  async pageOf(number) {
    const { space, key } = (await this.office('review', 'list', '--page-size', '500')).find((row) => row.temp_no === number);
    return `/visits/${space}/${key.startsWith('0x') ? key.slice(2) : Buffer.from(key).toString('hex')}`;
  }
  /** The visit as the server has it. */
  async visitOf(number) {
    return (await this.office('review', 'show', number))[0].visit;
  }

  async close() {
    if (this.server === undefined || this.server.exitCode !== null) return;
    const ended = new Promise((resolve) => this.server.once('exit', resolve));
    this.server.kill('SIGTERM');
    await ended;
  }
}

class Tablet {
  constructor(county, file) {
    this.county = county;
    this.file = file;
  }
  run(...words) {
    return this.county.dudao('tablet', '--tablet', this.file, ...words);
  }
  /** A visit of a whole day that lacks nothing but the lead's submission; answers its number. */
  async visit(village, day, colleague, ...edits) {
    this.county.at(`${day}T09:00:00+08:00`);
    const [started] = await this.run('new-visit', village, '--inspector', colleague);
    const from = Date.parse(this.county.moment);
    const refusal = JSON.stringify({ reason: '负责人外出', witnessIds: ['p07', 'p08'] });
    await this.run('edit', started.temp_no, 'mode=四不两直', 'areas+=grid', `arrived_at_ms=${from}`, `left_at_ms=${from + 6 * 3600_000}`, `unit_refusal=${refusal}`, ...edits);
    await this.run('sync');
    return started.temp_no;
  }
  /** The visit as the tablet has it. */
  async visitOf(number) {
    return (await this.run('show', number))[0].visit;
  }
  /** As the lead. */
  async submit(number) {
    await this.run('sync');
    await this.run('submit', number);
    await this.run('sync');
  }
  /** A picture that a browser can show; pictures of other names are other files, though they look alike. */
  picture(name = '') {
    const path = `${this.file}${name}.png`;
    writeFileSync(path, Buffer.concat([PNG, Buffer.from(name)]));
    return path;
  }
}
