// HTTP as a client writes it, and as it should not: requests in raw bytes.
import net from 'node:net';
import { withTimeout } from './peer.mjs';

// The first whole answer of the bytes, and what is behind it; undefined: not whole yet.
export function parse(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) {
    return undefined;
  }
  const [line, ...fields] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(fields.map((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
  }));
  const length = Number(headers['content-length'] ?? 0);
  if (bytes.length < end + 4 + length) {
    return undefined;
  }
  const body = bytes.subarray(end + 4, end + 4 + length).toString('utf8');
  const rest = bytes.subarray(end + 4 + length);
  return { status: Number(line.split(' ')[1]), headers, body, rest };
}

// Sends bytes on a new connection and reads one answer; `rest` is what came behind it until the
// server closed, when asked for.
export function exchange(port, bytes, { untilClosed = false, timeoutMs = 30000 } = {}) {
  const answer = new Promise((resolve, reject) => {
    const socket = net.createConnection(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    const done = () => {
      const parsed = parse(received);
      socket.destroy();
      if (parsed === undefined) {
        reject(new Error(`no whole answer, only: ${received.toString('latin1').slice(0, 200)}`));
      } else {
        resolve(parsed);
      }
    };
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!untilClosed && parse(received) !== undefined) {
        done();
      }
    });
    socket.on('close', done);
    socket.on('error', () => {}); // a reset after an answer is told by what was received
    socket.write(bytes);
  });
  return withTimeout(answer, timeoutMs, 'an HTTP answer');
}

export function request(port, { method = 'POST', path = '/mcp', headers = {}, body = '' }) {
  const content = Buffer.from(body);
  const all = {
    Host: `127.0.0.1:${port}`,
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    'Content-Length': String(content.length),
    ...headers,
  };
  const head = Object.entries(all).filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return exchange(port, Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${head}\r\n`, 'latin1'), content]));
}

export async function post(port, path, value, headers = {}) {
  const answer = await request(port, { path, headers, body: JSON.stringify(value) });
  return { ...answer, json: answer.body === '' ? undefined : JSON.parse(answer.body) };
}

// One tools/call over HTTP; its result.
export async function tool(port, name, args) {
  const { json } = await post(port, '/mcp',
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } });
  if (json.error !== undefined) {
    throw new Error(`${name}: ${json.error.message}`);
  }
  return json.result;
}
