// Stopping: a signal or the end of stdin ends the server with exit code 0 in bounded time; feedback
// in flight is acknowledged, or can be sent again without being stored twice; no socket stays.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { check, equal, finish, test } from './lib/checks.mjs';
import { post, tool } from './lib/http.mjs';
import { withTimeout } from './lib/peer.mjs';
import { lasting } from './lib/relay.mjs';
import { launch, makeFolder, start } from './lib/server.mjs';

const STOP_MAX_MS = 10000; // stop_timeout_ms is 5,000 by default
const N_IN_FLIGHT = 40;

async function endsWell(server, what) {
  const began = Date.now();
  const { code, signal } = await withTimeout(server.exited, STOP_MAX_MS, `the end after ${what}`);
  equal([code, signal], [0, null], `exit after ${what}\n${server.log}`);
  check(!fs.existsSync(path.join(server.data, 'hone.sock')), 'the control socket stayed');
  console.log(`        ended ${Date.now() - began} ms after ${what}`);
}

// Feedbacks on calls of their own, not yet sent.
async function makeFeedbacks(peer) {
  const feedbacks = [];
  for (let i = 0; i < N_IN_FLIGHT; i += 1) {
    const { structuredContent } = await peer.tool('weather', { text: `fog number ${i}` });
    feedbacks.push({ call_id: structuredContent.call_id, label: 'rain', idempotency_key: `k${i}`, source: 'stop', wait: 'learned' });
  }
  return feedbacks;
}

// After a restart each feedback is known under the id it was acknowledged with, or is new, and the
// log has each once.
async function checkStoredOnce(data, feedbacks, acknowledged) {
  const server = await start({ data });
  const peer = await server.connect();
  for (const [i, feedback] of feedbacks.entries()) {
    const { structuredContent: given } = await peer.tool('feedback', feedback);
    if (acknowledged[i] !== undefined) {
      equal([given?.status, given?.feedback_id], ['duplicate', acknowledged[i].feedback_id], `feedback ${i} sent again`);
    }
    check(given !== undefined, `feedback ${i} was refused`);
  }
  const { skills } = await peer.request('hone/status', { skill: 'weather' });
  equal(skills[0].feedback, feedbacks.length, 'feedbacks stored');
  peer.close();
  server.child.kill('SIGTERM');
  await endsWell(server, 'SIGTERM with nothing in flight');
}

async function stopInFlight(options, stop, what) {
  const server = launch(options);
  await server.ready();
  const peer = server.peer ?? await server.connect();
  const feedbacks = await makeFeedbacks(peer);
  const answers = feedbacks.map((feedback) => peer.tool('feedback', feedback).catch(() => undefined));
  await Promise.race(answers); // it is in the middle of them
  stop(server);
  await endsWell(server, what);
  const acknowledged = (await Promise.all(answers)).map((answer) => answer?.structuredContent);
  const n = acknowledged.filter((given) => given !== undefined).length;
  console.log(`        ${n} of ${feedbacks.length} in flight were acknowledged`);
  await checkStoredOnce(server.data, feedbacks, acknowledged);
  return n;
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  await test(`on_${signal}_with_feedback_in_flight`, () =>
    stopInFlight({}, (server) => server.child.kill(signal), signal));
}
await test('on_the_end_of_stdin_everything_in_flight_is_answered', async () => {
  const n = await stopInFlight({ stdio: true, args: lasting }, (server) => server.child.stdin.end(), 'the end of stdin');
  equal(n, N_IN_FLIGHT, 'feedbacks that were answered');
});
await test('on_SIGTERM_in_stdio_mode', () =>
  stopInFlight({ stdio: true }, (server) => server.child.kill('SIGTERM'), 'SIGTERM'));

await test('on_two_signals_at_once', async () => {
  const server = await start();
  server.child.kill('SIGINT');
  server.child.kill('SIGTERM');
  await endsWell(server, 'two signals');
});
await test('with_idle_and_half_finished_connections', async () => {
  const server = await start();
  const sockets = ['', 'POST /mcp HTTP/1.1\r\nHost: loc', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'].map((text) => {
    const socket = net.createConnection(server.port, '127.0.0.1', () => socket.write(text));
    socket.on('error', () => {});
    return socket;
  });
  const peer = await server.connect();
  peer.sendText('{"jsonrpc":"2.0","id":1,');
  await tool(server.port, 'weather', { text: 'fog' });
  server.child.kill('SIGTERM');
  await endsWell(server, 'SIGTERM with open connections');
  sockets.forEach((socket) => socket.destroy());
});
await test('with_an_array_of_feedback_in_flight_over_http', async () => {
  const server = await start();
  const peer = await server.connect();
  const feedbacks = await makeFeedbacks(peer);
  const answer = post(server.port, '/api/v1/feedback', feedbacks).catch(() => undefined);
  await peer.request('ping', {});
  server.child.kill('SIGTERM');
  await endsWell(server, 'SIGTERM');
  await checkStoredOnce(server.data, feedbacks, (await answer)?.json?.results ?? []);
});
await test('a_client_socket_is_removed_too', async () => {
  const socket = path.join(makeFolder(), 'clients.sock');
  const server = await start({ args: ['--socket', socket] });
  check(fs.existsSync(socket), 'there is no socket');
  equal(fs.statSync(socket).mode & 0o777, 0o600, 'its mode');
  server.child.kill('SIGTERM');
  await endsWell(server, 'SIGTERM');
  check(!fs.existsSync(socket), 'the socket stayed');
});
finish();
