// Every way to a server, in one table: the same bytes can be sent by each, and beside them another
// client asks and notices what they do.
import net from 'node:net';
import path from 'node:path';
import { check } from './checks.mjs';
import { parse } from './http.mjs';
import { Peer, withTimeout } from './peer.mjs';
import { Relay, holder, newData, run } from './relay.mjs';
import { launch, makeFolder } from './server.mjs';

const ANSWER_MS = 60000;

function open(address) {
  return new Promise((resolve, reject) => {
    const socket = net.createConnection(address);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => {}); // its closing tells
      resolve(socket);
    });
  });
}

// A client of a transport with one message a line.
class LineClient {
  constructor(peer, socket) {
    this.peer = peer;
    this.socket = socket;
  }

  frame(message) {
    return Buffer.concat([Buffer.from(message), Buffer.from('\n')]);
  }

  write(bytes) {
    this.peer.sendText(bytes);
  }

  // The next answer: {json}.
  async next(timeoutMs = ANSWER_MS) {
    return { json: await this.peer.next(timeoutMs) };
  }

  close() {
    this.socket?.destroy();
  }
}

// One connection of HTTP; each message is a POST of a client without a session.
class HttpClient {
  constructor(socket) {
    this.socket = socket;
    this.received = Buffer.alloc(0);
    this.readers = [];
    this.headers = {};
    this.closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.#look();
    });
    socket.on('close', () => this.#look());
  }

  #look() {
    while (this.readers.length > 0) {
      const answer = parse(this.received);
      if (answer === undefined) {
        if (this.socket.destroyed) {
          this.readers.splice(0).forEach(({ reject }) => reject(new Error('the server closed the connection')));
        }
        return;
      }
      this.received = answer.rest;
      this.readers.shift().resolve(answer);
    }
  }

  frame(message) {
    const body = Buffer.from(message);
    const all = { Host: 'localhost', 'Content-Type': 'application/json', 'Content-Length': String(body.length), ...this.headers };
    const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return Buffer.concat([Buffer.from(`POST /mcp HTTP/1.1\r\n${head}\r\n`), body]);
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  // The next answer: {status, headers, json}.
  async next(timeoutMs = ANSWER_MS) {
    const answer = await withTimeout(new Promise((resolve, reject) => {
      this.readers.push({ resolve, reject });
      this.#look();
    }), timeoutMs, 'an HTTP answer');
    const id = answer.headers['mcp-session-id'];
    if (id !== undefined) {
      this.headers['Mcp-Session-Id'] = id;
    }
    return { ...answer, json: answer.body === '' ? undefined : JSON.parse(answer.body) };
  }

  close() {
    this.socket.destroy();
  }
}

// A server with one more way to it than the control socket, by which the client beside it comes.
async function serve(args, options = {}) {
  const server = launch({ ...options, args: [...args, ...(options.args ?? [])] });
  const line = await server.ready();
  return {
    server,
    line,
    pids: () => [server.pid],
    beside: () => server.connect(),
    stop: () => server.stopWell(),
  };
}

async function overSocket(options) {
  const socketPath = path.join(makeFolder(), 'mcp');
  const world = await serve(['--socket', socketPath], { ...options, http: false });
  return { ...world, address: { path: socketPath } };
}

async function overTcp(options) {
  const world = await serve(['--tcp', '127.0.0.1:0'], { ...options, http: false });
  return { ...world, address: { port: Number(/TCP port (\d+)/.exec(world.line)[1]), host: '127.0.0.1' } };
}

async function overHttp(options) {
  const world = await serve([], options);
  return { ...world, address: { port: world.server.port, host: '127.0.0.1' } };
}

async function overHttpSocket(options) {
  const socketPath = path.join(makeFolder(), 'http');
  const world = await serve(['--http-socket', socketPath], { ...options, http: false });
  return { ...world, address: { path: socketPath } };
}

const lines = async ({ address }) => {
  const socket = await open(address);
  return new LineClient(new Peer(socket, socket), socket);
};
const requests = async ({ address }) => new HttpClient(await open(address));

// start(options) makes a world: {pids(), beside(), stop(), address?}; client(world) a new client of the
// transport, `one` where there is but one. options: skills, args.
export const transports = [
  {
    name: 'stdio', http: false, one: true,
    start: (options = {}) => serve([], { ...options, stdio: true }),
    client: async ({ server }) => new LineClient(server.peer),
    ends: ({ server }) => server.child,
  },
  {
    name: 'a_relay', http: false, one: true,
    start: async (options = {}) => {
      const data = newData();
      const relays = [new Relay({ ...options, data }), new Relay({ ...options, data })];
      await Promise.all(relays.map((relay) => relay.peer.request('ping', {})));
      return {
        relay: relays[0],
        pids: () => [relays[0].child.pid, holder(data)],
        beside: async () => relays[1].peer,
        stop: async () => {
          for (const relay of relays) {
            const { code } = await relay.close();
            check(code === 0, `a relay ended with ${code}\n${relay.log}`);
          }
          await run(['stop', '--data', data]);
        },
      };
    },
    client: async ({ relay }) => new LineClient(relay.peer),
    ends: ({ relay }) => relay.child,
  },
  { name: 'a_socket', http: false, start: overSocket, client: lines },
  { name: 'tcp', http: false, start: overTcp, client: lines },
  { name: 'http', http: true, start: overHttp, client: requests },
  { name: 'http_on_a_socket', http: true, start: overHttpSocket, client: requests },
];

export { open as openSocket };
