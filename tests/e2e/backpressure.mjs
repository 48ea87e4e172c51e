// Peers that ask and do not read: the server keeps its memory, everybody else is answered, and at
// the stop an answer that is being written arrives whole.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { check, equal, finish, matches, test } from './lib/checks.mjs';
import { exchange } from './lib/http.mjs';
import { forgetFreedMemory, memoryKib } from './lib/memory.mjs';
import { withTimeout } from './lib/peer.mjs';
import { makeFolder, start } from './lib/server.mjs';
import { checkServes } from './lib/well.mjs';

const N_REQUESTS = 20000;
const BLOCK_REQUESTS = 200; // of one write
const STALLED_ROUNDS = 10; // of good calls in which the server takes nothing more
const READ_MAX_MS = 30000;
const GROWTH_MAX_KIB = 64 * 1024;
const N_LINES = 40000; // of a guide that is nearly as long as it may be
const N_CALLS = 12;
const N_LONG = 100; // answers of a megabyte
const N_PIPELINED = 2000;
const STOP_MAX_MS = 10000;

forgetFreedMemory();

const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
const listOverHttp = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${list.length}\r\n\r\n${list}`;

// Sends the request N_REQUESTS times on a new connection, as fast as the server takes them.
class Flood {
  constructor(address, request) {
    this.nSent = 0;
    this.nLines = 0; // of what was read
    this.socket = net.createConnection(address);
    this.socket.on('error', () => {});
    const block = request.repeat(BLOCK_REQUESTS);
    const writeNext = () => {
      this.nSent += BLOCK_REQUESTS;
      if (this.nSent < N_REQUESTS) {
        this.socket.write(block, writeNext);
      }
    };
    this.socket.write(block, writeNext);
  }

  // Until all are sent or the connection takes no more.
  async stalled(server) {
    for (let nRounds = 0, last = -1; nRounds < STALLED_ROUNDS; nRounds += 1) {
      await checkServes(server);
      nRounds = this.nSent === last ? nRounds : 0;
      last = this.nSent;
    }
  }

  // Reads until so many lines have come.
  read(nLines) {
    const enough = new Promise((resolve, reject) => {
      this.socket.on('data', (part) => {
        for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) {
          this.nLines += 1;
        }
        if (this.nLines >= nLines) {
          resolve();
        }
      });
      this.socket.on('close', () => reject(new Error(`closed after ${this.nLines} lines of ${nLines}`)));
    });
    return withTimeout(enough, READ_MAX_MS, `${nLines} lines`);
  }
}

// All that comes until the server closes the connection.
async function textOf(socket) {
  const parts = [];
  socket.on('data', (part) => parts.push(part));
  await withTimeout(new Promise((resolve) => socket.once('close', resolve)), STOP_MAX_MS, 'the end of the connection');
  return Buffer.concat(parts).toString();
}

async function keepsItsMemory(addressOf, request, linesOfAnswer) {
  const server = await start();
  await checkServes(server);
  const nLines = await linesOfAnswer(server);
  const before = memoryKib(server.pid);
  const flood = new Flood(addressOf(server), request);
  await flood.stalled(server);
  const grown = memoryKib(server.pid) - before;
  console.log(`        ${flood.nSent} requests sent, ${grown} KiB more`);
  check(grown < GROWTH_MAX_KIB, `the server grew by ${grown} KiB`);
  await flood.read(N_REQUESTS * nLines); // who reads at last gets all answers
  flood.socket.destroy();
  await checkServes(server);
  await server.stopWell();
}

await test('over_http_the_server_keeps_its_memory', () =>
  keepsItsMemory((server) => ({ port: server.port, host: '127.0.0.1' }), listOverHttp, async (server) => {
    const { headers, body } = await exchange(server.port, listOverHttp);
    return Object.keys(headers).length + 1 + body.split('\n').length; // with the first and the empty one
  }));
await test('over_a_socket_the_server_keeps_its_memory', () =>
  keepsItsMemory((server) => ({ path: path.join(server.data, 'hone.sock') }), `${list}\n`, async () => 1));

// The last request asks for the end of the connection: the answers before it come all the same.
await test('a_late_reader_gets_all_answers_of_a_connection_that_ends', async () => {
  const server = await start();
  const socket = net.createConnection(server.port, '127.0.0.1');
  const last = listOverHttp.replace('Host:', 'Connection: close\r\nHost:');
  socket.write(listOverHttp.repeat(N_PIPELINED) + last);
  await withTimeout(new Promise((resolve) => socket.once('readable', resolve)), STOP_MAX_MS, 'the first bytes');
  await checkServes(server);
  const text = await textOf(socket);
  equal(text.split('HTTP/1.1 200 ').length - 1, N_PIPELINED + 1, 'answers');
  matches(text, /\}$/, 'the end of the last one');
  await server.stopWell();
});

// ---- long answers ----

function skillsWithALargeGuide() {
  const folder = path.join(makeFolder(), 'skills');
  fs.mkdirSync(path.join(folder, 'large'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'large', 'SKILL.md'),
    `---\nname: large\ndescription: A long text.\n---\n${'A "line" of a long text.\n'.repeat(N_LINES)}`);
  return folder;
}

const call = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'large', arguments: {} } });

// All at once far more than the server keeps for a peer that does not read.
await test('a_client_that_asks_for_much_at_once_and_reads_it_gets_all', async () => {
  const server = await start({ skills: [skillsWithALargeGuide()] });
  const before = memoryKib(server.pid);
  const flood = new Flood({ path: path.join(server.data, 'hone.sock') }, '');
  flood.socket.write(`${call}\n`.repeat(N_LONG));
  await flood.read(N_LONG);
  flood.socket.destroy();
  const grown = memoryKib(server.pid) - before;
  console.log(`        ${grown} KiB more`);
  check(grown < GROWTH_MAX_KIB, `the server grew by ${grown} KiB`);
  await server.stopWell();
});

// ---- the stop ----

// Asks more than the connection's buffers take, stops the server in the midst of its answers and
// reads only then: what was begun must come to its end.
async function stopsInTheAnswers(addressOf, request, bodiesOf) {
  const server = await start({ skills: [skillsWithALargeGuide()] });
  const socket = net.createConnection(addressOf(server));
  socket.write(request.repeat(N_CALLS));
  await withTimeout(new Promise((resolve) => socket.once('readable', resolve)), STOP_MAX_MS, 'the first bytes');
  const peer = await server.connect(); // is served only after what was there before
  await peer.request('ping', {});
  const stopping = new Promise((resolve) => {
    server.onLog = () => server.log.includes('stopping') && resolve();
  });
  server.child.kill('SIGTERM');
  await withTimeout(stopping, STOP_MAX_MS, 'the stop');
  const text = await textOf(socket);
  const bodies = bodiesOf(text);
  const answers = bodies.map((body) => JSON.parse(body));
  const results = answers.filter(({ result }) => result !== undefined);
  for (const { id, result, error } of answers) {
    equal(id, 7, 'the id');
    equal(error?.data ?? result.content[0].text.split('\n').length >= N_LINES,
      error === undefined ? true : { retriable: true, stopping: true }, 'the answer');
  }
  console.log(`        ${results.length} of ${answers.length} answers, ${text.length} bytes`);
  check(results.length > 0, 'no answer came');
  const { code } = await withTimeout(server.exited, STOP_MAX_MS, 'the end');
  equal(code, 0, `the exit code\n${server.log}`);
}

await test('answers_over_http_arrive_whole_though_the_server_stops', () =>
  stopsInTheAnswers((server) => ({ port: server.port, host: '127.0.0.1' }),
    `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${call.length}\r\n\r\n${call}`,
    (text) => text.split(/HTTP\/1\.1 200 [^]*?\r\n\r\n/).slice(1)));
await test('answers_over_a_socket_arrive_whole_though_the_server_stops', () =>
  stopsInTheAnswers((server) => ({ path: path.join(server.data, 'hone.sock') }), `${call}\n`,
    (text) => text.split('\n').filter((line) => line !== '')));
finish();
