// Clients that are slow, silent or deaf, over every transport: they are dropped or cost little, and a
// client beside them notices nothing. HONE_LONG=1 also fills the largest buffer of an event stream.
import { check, equal, finish, test } from '../lib/checks.mjs';
import { forgetFreedMemory, memoryKib } from '../lib/memory.mjs';
import { withTimeout } from '../lib/peer.mjs';
import { openSocket, transports } from '../lib/transports.mjs';
import { Neighbour } from '../lib/well.mjs';

const N_REQUESTS = 20000;
const BLOCK_REQUESTS = 200; // of one write
const STALLED_ROUNDS = 20; // of good calls in which the server takes nothing more
const DEAF_MAX_KIB = 48 * 1024;
const N_SILENT = 1000;
const SILENT_MAX_KIB = 32 * 1024;
const REQUEST_TIMEOUT_MS = 1000;
const DROP_MAX_MS = 10000; // generous: the server looks once a second
const BYTE_MS = 50;
const N_LISTENS = 64;
const N_TRIGGERS_MAX = 400000;
const UNREAD_KIB = { lines: 64 * 1024, http: 16 * 1024 };
const long = process.env.HONE_LONG === '1';

forgetFreedMemory();

const modern = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

// Runs body(world, peer of a well-behaved client) with a neighbour, and looks at the memory.
async function beside(transport, options, maxKib, body) {
  const world = await transport.start(options);
  const neighbour = new Neighbour(await world.beside());
  const other = transport.one && transport.name === 'a_relay' ? neighbour.peer : await world.beside();
  await other.request('ping', {});
  const before = world.pids().map(memoryKib);
  await body(world, other, () => world.pids().map((pid, i) => memoryKib(pid) - before[i]));
  const grown = world.pids().map((pid, i) => memoryKib(pid) - before[i]);
  await neighbour.check();
  console.log(`        ${neighbour.n} calls beside it, the slowest ${neighbour.slowestMs} ms; ${grown} KiB more`);
  check(Math.max(...grown) < maxKib, `grown by ${grown} KiB`);
  await world.stop();
}

// ---- who asks and does not read ----

async function flood(client, write, stalled) {
  const block = Buffer.concat(Array.from({ length: BLOCK_REQUESTS },
    () => client.frame('{"jsonrpc":"2.0","id":"x","method":"tools/list"}')));
  let nSent = 0;
  const writeNext = () => {
    nSent += BLOCK_REQUESTS;
    if (nSent < N_REQUESTS) {
      write(block, writeNext);
    }
  };
  write(block, writeNext);
  for (let nRounds = 0, last = -1; nRounds < STALLED_ROUNDS; nRounds += 1) {
    await stalled();
    nRounds = nSent === last ? nRounds : 0;
    last = nSent;
  }
  console.log(`        ${nSent} requests were sent`);
}

for (const transport of transports) {
  await test(`${transport.name}_who_does_not_read_costs_little`, () => beside(transport, {}, DEAF_MAX_KIB, async (world, other) => {
    const client = await transport.client(world);
    const ends = transport.one ? transport.ends(world) : { stdin: client.socket, stdout: client.socket };
    ends.stdout.pause();
    await flood(client, (bytes, then) => ends.stdin.write(bytes, then), () => other.tool('weather', { text: 'fog' }));
    if (transport.one) {
      ends.stdout.resume();
    } else {
      client.close();
    }
  }));
}

// Changes of a resource that it wants to hear of, until the server has had enough.
async function checkDropped(transport, limitKib, subscribe) {
  await beside(transport, { args: ['--conformance'] }, DEAF_MAX_KIB, async (world, other, grown) => {
    const socket = await openSocket(world.address);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await subscribe(socket);
    socket.pause();
    let open = true;
    let most = 0;
    let n = 0;
    closed.then(() => { open = false; });
    for (; open && n < N_TRIGGERS_MAX; n += 64) {
      await Promise.all(Array.from({ length: 64 }, () => other.tool('test_trigger_resource_change', {})));
      most = Math.max(most, ...grown());
      socket.write('\n', () => {}); // tells us when the connection is reset
    }
    console.log(`        dropped after ${n} changes, ${most} KiB at most`);
    check(!open, 'it was not dropped');
    check(most < limitKib + DEAF_MAX_KIB, `grown by ${most} KiB`);
  });
}

const firstBytes = (socket) => withTimeout(new Promise((resolve) => socket.once('readable', resolve)), DROP_MAX_MS, 'the first bytes');
const named = (name) => transports.find((transport) => transport.name === name);

await test('a_socket_who_does_not_read_what_it_listens_to_is_dropped', () => checkDropped(named('a_socket'), UNREAD_KIB.lines, async (socket) => {
  for (let i = 0; i < N_LISTENS; i += 1) {
    const params = { _meta: modern, notifications: { resourceSubscriptions: ['test://watched-resource'] } };
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: `listen-${i}`, method: 'subscriptions/listen', params })}\n`);
  }
  await firstBytes(socket);
}));
if (long) {
  await test('http_who_does_not_read_its_event_stream_is_dropped', () => checkDropped(named('http'), UNREAD_KIB.http, async (socket) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'listen', method: 'subscriptions/listen',
      params: { _meta: modern, notifications: { resourceSubscriptions: ['test://watched-resource'] } } });
    socket.write(`POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nMCP-Protocol-Version: 2026-07-28\r\n`
      + `Mcp-Method: subscriptions/listen\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await firstBytes(socket);
  }));
}

// ---- who sends a byte now and then ----

// Writes byte by byte until all is written or the connection has closed; milliseconds it took.
async function trickle(socket, bytes) {
  const began = Date.now();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  let timer;
  const written = new Promise((resolve) => {
    let at = 0;
    timer = setInterval(() => {
      socket.write(bytes.subarray(at, at + 1), () => {});
      at += 1;
      if (at >= bytes.length) {
        resolve();
      }
    }, BYTE_MS);
  });
  await Promise.race([closed, written]);
  clearInterval(timer);
  return Date.now() - began;
}

const ping = '{"jsonrpc":"2.0","id":"x","method":"ping"}';

for (const transport of transports.filter(({ one }) => !one)) {
  const options = { args: ['--request-timeout-ms', String(REQUEST_TIMEOUT_MS)] };
  await test(`${transport.name}_a_byte_now_and_then`, () => beside(transport, options, DEAF_MAX_KIB, async (world) => {
    const client = await transport.client(world);
    const { socket } = client;
    if (!transport.http) {
      await trickle(socket, client.frame(ping));
      equal((await client.next()).json.result, {}, 'the answer to a slow line');
      client.close();
      return;
    }
    const slow = Buffer.from(`POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: ${'x'.repeat(10000)}`);
    const inTheHead = await trickle(socket, slow);
    const second = await transport.client(world);
    second.write(`POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n`);
    const inTheBody = await trickle(second.socket, Buffer.alloc(10000, 0x20));
    console.log(`        dropped after ${inTheHead} and ${inTheBody} ms`);
    for (const ms of [inTheHead, inTheBody]) {
      check(ms >= REQUEST_TIMEOUT_MS && ms < DROP_MAX_MS, `dropped after ${ms} ms`);
    }
  }));
}

// ---- who says nothing ----

for (const transport of transports.filter(({ one }) => !one)) {
  await test(`${transport.name}_${N_SILENT}_connections_that_say_nothing`, () => beside(transport, {}, SILENT_MAX_KIB, async (world, other, grown) => {
    const silent = await Promise.all(Array.from({ length: N_SILENT }, () => openSocket(world.address)));
    const client = await transport.client(world);
    client.write(client.frame(ping));
    equal((await client.next()).json.result, {}, 'the answer to one more');
    console.log(`        ${grown()} KiB more with ${N_SILENT} connections`);
    check(silent.every((socket) => !socket.destroyed), 'one of them was closed');
    for (const socket of [...silent, client]) {
      (socket.socket ?? socket).destroy();
    }
  }));
  await test(`${transport.name}_one_connection_too_many`, async () => {
    const world = await transport.start({ args: ['--connections-max', '10'] });
    const sockets = await Promise.all(Array.from({ length: 10 }, () => openSocket(world.address)));
    const late = await openSocket(world.address);
    late.resume();
    await withTimeout(new Promise((resolve) => late.once('close', resolve)), DROP_MAX_MS, 'the end of the connection');
    check(sockets.every((socket) => !socket.destroyed), 'another one was closed');
    sockets.forEach((socket) => socket.destroy());
    await world.stop();
  });
}
finish();
