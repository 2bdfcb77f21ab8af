// A link between browser and server: carries bytes, can be cut after so many, be down, and counts what passes.
import { connect, createServer } from 'node:net';

export class Link {
  static async start(port) {
    const link = new Link(port);
    await link.#listen();
    return link;
  }

  constructor(target) {
    this.target = target;
    this.down = false;
    // Bytes up, in all, after which every connection is cut; then the link is down.
    this.cutAfter = Infinity;
    // Bytes a second towards the browser.
    this.downRate = Infinity;
    this.up = 0;
    this.connections = 0;
    // First lines of what came while the link was down.
    this.asked = [];
    this.sockets = new Set();
  }
  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  #listen() {
    this.server = createServer((client) => this.#carry(client));
    return new Promise((resolve) => {
      this.server.listen(0, '127.0.0.1', () => {
        this.port = this.server.address().port;
        resolve();
      });
    });
  }

  #carry(client) {
    this.connections += 1;
    client.on('error', () => undefined);
    if (this.down) {
      client.once('data', (piece) => {
        this.asked.push(piece.toString('latin1').split('\r\n')[0]);
        client.destroy();
      });
      return;
    }
    const server = connect(this.target, '127.0.0.1');
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (piece) => {
      this.up += piece.length;
      if (this.up >= this.cutAfter) return this.cut();
      server.write(piece);
    });
    server.on('data', (piece) => this.#pass(piece, client));
  }

  // One pace for all connections together, as on a real link.
  #pass(piece, client) {
    if (this.downRate === Infinity) return void client.write(piece);
    const begin = Math.max(performance.now(), this.free ?? 0);
    this.free = begin + (1000 * piece.length) / this.downRate;
    setTimeout(() => client.writable && client.write(piece), this.free - performance.now());
  }

  cut() {
    this.down = true;
    for (const socket of this.sockets) socket.destroy();
  }
  restore() {
    this.down = false;
    this.cutAfter = Infinity;
  }
  async close() {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
