// One end of a newline-framed JSON-RPC conversation: over a Unix socket or a child's pipes.
import net from 'node:net';

const DEFAULT_TIMEOUT_MS = 30000;

export function withTimeout(promise, timeoutMs, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Peer {
  constructor(input, output) {
    this.output = output;
    this.nextId = 1;
    this.waiting = new Map(); // id -> {resolve, reject}
    this.unclaimed = []; // messages that no request waits for
    this.readers = []; // who waits for an unclaimed message
    this.rest = '';
    this.closed = false;
    this.lines = []; // every line that came, as text
    input.setEncoding('utf8');
    input.on('data', (text) => this.#take(text));
    input.on('close', () => this.#end());
    input.on('error', () => this.#end());
    output.on('error', () => this.#end());
  }

  #take(text) {
    this.rest += text;
    let at = this.rest.indexOf('\n');
    while (at >= 0) {
      this.#message(this.rest.slice(0, at));
      this.rest = this.rest.slice(at + 1);
      at = this.rest.indexOf('\n');
    }
  }

  #message(line) {
    this.lines.push(line);
    const message = JSON.parse(line);
    const waiter = this.waiting.get(message.id);
    if (waiter !== undefined) {
      this.waiting.delete(message.id);
      waiter.resolve(message);
    } else if (this.readers.length > 0) {
      this.readers.shift().resolve(message);
    } else {
      this.unclaimed.push(message);
    }
  }

  #end() {
    if (this.closed) {
      return;
    }
    this.closed = true;
    const gone = new Error('the server closed the connection');
    for (const waiter of [...this.waiting.values(), ...this.readers]) {
      waiter.reject(gone);
    }
    this.waiting.clear();
    this.readers = [];
  }

  sendText(text) {
    this.output.write(text);
  }

  sendLine(text) {
    this.sendText(`${text}\n`);
  }

  // The whole answer, with result or error.
  ask(method, params, timeoutMs = DEFAULT_TIMEOUT_MS) {
    const id = this.nextId;
    this.nextId += 1;
    const answer = new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new Error('the server closed the connection'));
      }
      this.waiting.set(id, { resolve, reject });
    });
    answer.catch(() => {}); // may be looked at later, or never
    this.sendLine(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return withTimeout(answer, timeoutMs, method);
  }

  // The result; an error of the protocol throws.
  async request(method, params, timeoutMs) {
    const answer = await this.ask(method, params, timeoutMs);
    if (answer.error !== undefined) {
      throw new Error(`${method}: ${answer.error.code} ${answer.error.message}`);
    }
    return answer.result;
  }

  tool(name, args, timeoutMs) {
    return this.request('tools/call', { name, arguments: args }, timeoutMs);
  }

  // The next message that no request asked for, e.g. an error with a null id.
  next(timeoutMs = DEFAULT_TIMEOUT_MS) {
    if (this.unclaimed.length > 0) {
      return Promise.resolve(this.unclaimed.shift());
    }
    const message = new Promise((resolve, reject) => this.readers.push({ resolve, reject }));
    return withTimeout(message, timeoutMs, 'a message');
  }

  close() {
    this.output.destroy();
  }
}

export function connect(path) {
  return new Promise((resolve, reject) => {
    const socket = net.createConnection(path);
    socket.once('error', reject);
    socket.once('connect', () => resolve(new Peer(socket, socket)));
  });
}
