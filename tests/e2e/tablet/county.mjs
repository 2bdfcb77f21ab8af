// A county for one test: a real server in a folder of its own, the sample lists, and a link to it that can be slowed down and cut.
// Browsers and tablets know only the link's address, so that the server behind it can die and come back.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Link } from './link.mjs';

const run = promisify(execFile);
const source = process.env.DUDAO_SOURCE_DIR;
const program = join(process.env.DUDAO_BIN_DIR, 'dudao');
const START_MS = 60_000;

export class County {
  constructor(folder, options = {}) {
    this.folder = folder;
    this.now = options.now;
    this.webRoot = options.webRoot ?? join(source, 'build/web');
    this.session = join(folder, 'session');
    this.commands = 0;
  }

  static async start(folder, options) {
    mkdirSync(folder, { recursive: true });
    const county = new County(folder, options);
    const [{ password }] = await county.dudao('setup', '--data-dir', county.data, '--admin', 'admin', '--name', '系统管理员');
    await county.serve();
    county.link = await Link.start(county.webPort);
    writeFileSync(join(folder, 'first'), password, { mode: 0o600 });
    await county.office('sign-in', '--server', county.address, '--person', 'admin', '--password-file', join(folder, 'first'));
    await county.office('password', '--old-password-file', join(folder, 'first'), '--generate');
    for (const [kind, file] of [['divisions', 'jishan-divisions.csv'], ['people', 'sample-people.csv'], ['form', 'form-default.textproto'], ['holidays', 'holidays-2026.csv']]) {
      await county.office('import', kind, join(source, 'data', file));
    }
    return county;
  }

  get data() {
    return join(this.folder, 'server');
  }
  get url() {
    return `${this.link.url}/tablet/`;
  }

  async serve() {
    const [portFile, webPortFile] = [join(this.folder, 'port'), join(this.folder, 'web-port')];
    const listen = this.address ?? '127.0.0.1:0';
    const clock = this.now ? ['--now', this.now] : [];
    this.server = spawn(
      program,
      [...clock, 'serve', '--data-dir', this.data, '--listen', listen, '--port-file', portFile, '--web-listen', `127.0.0.1:${this.webPort ?? 0}`, '--web-port-file', webPortFile, '--web-root', this.webRoot, '--log', join(this.folder, 'server.log')],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.errors = '';
    this.server.stderr.on('data', (text) => (this.errors += text));
    this.address = `127.0.0.1:${await this.#portIn(portFile)}`;
    this.webPort = Number(await this.#portIn(webPortFile));
    await this.#answers(`http://127.0.0.1:${this.webPort}/tablet/`);
  }

  async #portIn(file) {
    const end = Date.now() + START_MS;
    while (Date.now() < end) {
      if (existsSync(file)) {
        const text = readFileSync(file, 'utf8').trim();
        if (text !== '') return text;
      }
      if (this.server.exitCode !== null) throw new Error(`the server ended with ${this.server.exitCode}: ${this.errors}`);
      await pause(50);
    }
    throw new Error(`the server did not start: ${this.errors}`);
  }
  async #answers(url) {
    const end = Date.now() + START_MS;
    for (;;) {
      const answer = await fetch(url).catch(() => null);
      if (answer !== null) return;
      if (Date.now() > end) throw new Error(`${url} does not answer`);
      await pause(50);
    }
  }

  async kill() {
    if (this.server.exitCode !== null || this.server.signalCode !== null) return;
    const ended = once(this.server, 'exit');
    this.server.kill('SIGKILL');
    await ended;
  }
  async close() {
    await this.link?.close();
    await this.kill();
  }

  // One JSON object a line.
  async dudao(...words) {
    const clock = this.now ? ['--now', this.now] : [];
    const { stdout } = await run(program, ['--json', '--lang', 'en', ...clock, ...words], { maxBuffer: 1 << 26 }).catch((error) => {
      throw new Error(`dudao ${words.join(' ')}: ${error.stderr}`);
    });
    return stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }
  office(...words) {
    return this.dudao('--session', this.session, ...words);
  }
  // Somebody else's commands, signed in for the first time.
  async signedIn(person) {
    const [{ password }] = await this.office('person', 'reset-password', person);
    const [file, session] = [join(this.folder, `${person}.first`), join(this.folder, `${person}.session`)];
    writeFileSync(file, password, { mode: 0o600 });
    await this.dudao('--session', session, 'sign-in', '--server', this.address, '--person', person, '--password-file', file);
    await this.dudao('--session', session, 'password', '--old-password-file', file, '--generate');
    return (...words) => this.dudao('--session', session, ...words);
  }
  async invitation(person) {
    const [{ uri }] = await this.office('device', 'enrol', person);
    return uri;
  }
  // A tablet in a terminal.
  tablet(file, ...words) {
    return this.dudao('tablet', '--tablet', join(this.folder, file), ...words);
  }
}
