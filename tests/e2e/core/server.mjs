// A real server with its browsers' door, in a folder of its own; the page's files are served by it.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const program = join(process.env.DUDAO_BIN_DIR, 'dudao');
const data = join(process.env.DUDAO_SOURCE_DIR, 'data');

export class Server {
  /** `page`: the folder of a page, served below /tablet/. */
  static async start(folder, page) {
    const server = new Server();
    server.folder = folder;
    mkdirSync(join(folder, 'web'), { recursive: true });
    cpSync(page, join(folder, 'web/tablet'), { recursive: true }); // links are not followed
    const [{ password }] = await server.dudao('setup', '--data-dir', join(folder, 'data'), '--admin', 'admin', '--name', '管理员');
    await server.serve();
    writeFileSync(join(folder, 'first'), password, { mode: 0o600 });
    await server.office('sign-in', '--server', `127.0.0.1:${server.port}`, '--person', 'admin', '--password-file', join(folder, 'first'));
    await server.office('password', '--old-password-file', join(folder, 'first'), '--generate');
    await server.office('import', 'divisions', join(data, 'jishan-divisions.csv'));
    await server.office('import', 'people', join(data, 'sample-people.csv'));
    return server;
  }

  async serve() {
    const ports = [join(this.folder, 'port'), join(this.folder, 'web-port')];
    this.process = spawn(
      program,
      ['serve', '--data-dir', join(this.folder, 'data'), '--listen', `127.0.0.1:${this.port ?? 0}`, '--port-file', ports[0],
       '--web-listen', `127.0.0.1:${this.webPort ?? 0}`, '--web-port-file', ports[1], '--web-root', join(this.folder, 'web'), '--log', join(this.folder, 'log')],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    this.process.stderr.on('data', (text) => { said += text; });
    while (!ports.every((file) => existsSync(file) && readFileSync(file, 'utf8').trim() !== '')) {
      if (this.process.exitCode !== null) throw new Error(`the server ended: ${said}`);
      await pause(20);
    }
    [this.port, this.webPort] = ports.map((file) => Number(readFileSync(file, 'utf8')));
    this.url = `http://127.0.0.1:${this.webPort}/tablet/`;
    while (!(await fetch(this.url).then((answer) => answer.ok, () => false))) await pause(20);
  }

  async stop() {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
  }

  /** The one-time code of a person's tablet. */
  async code(person) {
    const [{ uri }] = await this.office('device', 'enrol', person);
    return new URLSearchParams(uri.split('?')[1]).get('c');
  }

  office(...words) {
    return this.dudao('--session', join(this.folder, 'session'), ...words);
  }

  async dudao(...words) {
    const { stdout } = await promisify(execFile)(program, ['--json', ...words]).catch((error) => { throw new Error(`dudao ${words.join(' ')}: ${error.stderr}`); });
    return stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }
}
