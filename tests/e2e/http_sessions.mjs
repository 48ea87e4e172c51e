// Sessions of legacy clients over HTTP and their event streams: pushes, resuming, keepalive, the end; and
// what HTTP itself asks of a server.
import net from 'node:net';
import { check, equal, finish, matches, test } from './lib/checks.mjs';
import { openStream } from './lib/events.mjs';
import { exchange, request } from './lib/http.mjs';
import { withTimeout } from './lib/peer.mjs';
import { start } from './lib/server.mjs';

const KEEPALIVE_MS = 1000;
const KEEPALIVE_MAX_MS = 10000; // generous: the server looks once a second
const CANCEL_MAX_MS = 5000;
const STOP_TIMEOUT_MS = 2000;
const ORIGIN = 'https://app.example.com';

const server = await start({ args: ['--conformance', '--http-keepalive-ms', String(KEEPALIVE_MS), '--http-allowed-origins', ORIGIN] });
const { port } = server;
let lastId = 0;

const message = (method, params, id = lastId += 1) => JSON.stringify({ jsonrpc: '2.0', id, method, params });
const call = (name, args = {}, more = {}) => message('tools/call', { name, arguments: args, ...more });

class Session {
  static async open(version = '2025-11-25', headers = {}) {
    const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: 'sessions', version: '1' } };
    const answer = await request(port, { headers, body: message('initialize', params) });
    equal(answer.status, 200, 'the status of initialize');
    matches(answer.headers['mcp-session-id'], /^[\x21-\x7e]{32,}$/, 'the id of the session');
    const session = new Session();
    session.headers = { 'Mcp-Session-Id': answer.headers['mcp-session-id'], 'MCP-Protocol-Version': version };
    return session;
  }

  ask(body, method) {
    return request(port, { method, headers: this.headers, body });
  }

  // The answer to a POST as a stream, or the session's own stream; from an event on.
  stream(body, lastEventId) {
    const headers = { ...this.headers, ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }) };
    return openStream(port, { method: body === undefined ? 'GET' : 'POST', headers, body });
  }
}

const progress = (token) => call('test_tool_with_progress', {}, { _meta: { progressToken: token } });

// ---- sessions ----

await test('initialize_gives_an_id_and_delete_ends_it', async () => {
  const [one, two] = [await Session.open(), await Session.open()];
  check(one.headers['Mcp-Session-Id'] !== two.headers['Mcp-Session-Id'], 'two sessions have one id');
  equal((await one.ask(message('ping'))).status, 200, 'a ping');
  const note = await one.ask('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  equal([note.status, note.body], [202, ''], 'a notification');
  const own = await one.stream();
  equal((await one.ask('', 'DELETE')).status, 200, 'DELETE');
  await own.end;
  for (const [body, method] of [[message('ping'), 'POST'], ['', 'GET'], ['', 'DELETE']]) {
    equal((await one.ask(body, method)).status, 404, `${method} after it`);
  }
  equal((await two.ask(message('ping'))).status, 200, 'the other session');
});
await test('initialize_with_a_stale_id_begins_a_session', async () => {
  for (const stale of ['0'.repeat(32), 'x', '../../etc/passwd']) {
    const refusal = await request(port, { headers: { 'Mcp-Session-Id': stale }, body: message('ping', undefined, 'p') });
    equal([refusal.status, JSON.parse(refusal.body).id], [404, 'p'], 'a ping with a stale id');
    matches(JSON.parse(refusal.body).error.message, /send initialize/, 'what to do');
    const session = await Session.open('2025-06-18', { 'Mcp-Session-Id': stale });
    check(session.headers['Mcp-Session-Id'] !== stale, 'the stale id was taken');
    equal((await session.ask(message('ping'))).status, 200, 'a ping');
  }
});
await test('deleting_a_session_cancels_its_calls', async () => {
  const session = await Session.open();
  const slow = session.stream(call('slow_compute', { seconds: 60, label: 'x' })).catch((error) => error);
  await session.ask(message('ping'));
  equal((await session.ask('', 'DELETE')).status, 200, 'DELETE');
  await withTimeout(slow, CANCEL_MAX_MS, 'the end of the call');
});

// ---- the session's own stream ----

await test('pushes_come_on_the_own_stream', async () => {
  const session = await Session.open();
  const own = await session.stream();
  equal([own.status, own.headers['content-type'], own.headers['x-accel-buffering']], [200, 'text/event-stream', 'no'], 'the head');
  equal((await session.ask(message('resources/subscribe', { uri: 'test://watched-resource' }))).status, 200, 'subscribe');
  const other = await Session.open();
  await other.ask(call('test_trigger_resource_change'));
  const updated = (await own.message()).message;
  equal([updated.method, updated.params.uri], ['notifications/resources/updated', 'test://watched-resource'], 'the first push');
  await other.ask(call('test_trigger_tool_change'));
  equal((await own.message()).message.method, 'notifications/tools/list_changed', 'the second');
  await other.ask(call('test_trigger_prompt_change'));
  equal((await own.message()).message.method, 'notifications/prompts/list_changed', 'the third');
  await session.ask(message('resources/unsubscribe', { uri: 'test://watched-resource' }));
  await other.ask(call('test_trigger_resource_change'));
  await other.ask(call('test_trigger_tool_change'));
  equal((await own.message()).message.method, 'notifications/tools/list_changed', 'after unsubscribing');
  own.cut();
});
await test('an_idle_stream_is_kept_alive', async () => {
  const session = await Session.open();
  const began = Date.now();
  const own = await session.stream();
  const listen = await openStream(port, { method: 'POST',
    headers: { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'subscriptions/listen' },
    body: message('subscriptions/listen', { notifications: { toolsListChanged: true },
      _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } }) });
  for (const stream of [own, listen]) {
    let event = await stream.next();
    while (event.comments.length === 0) {
      event = await stream.next();
    }
    equal(event.comments, ['keepalive'], 'the comment');
    const ms = Date.now() - began;
    check(ms >= KEEPALIVE_MS && ms < KEEPALIVE_MAX_MS, `it came after ${ms} ms`);
    check((await stream.next()).comments.length === 1, 'the next one');
    stream.cut();
  }
});
await test('a_second_own_stream_takes_the_place_of_the_first', async () => {
  const session = await Session.open();
  const first = await session.stream();
  const second = await session.stream();
  await first.end;
  await session.ask(call('test_trigger_tool_change'));
  equal((await second.message()).message.method, 'notifications/tools/list_changed', 'the push');
  second.cut();
});

// ---- event streams of calls ----

await test('priming_event_from_2025_11_25_on', async () => {
  for (const version of ['2025-03-26', '2025-06-18', '2025-11-25']) {
    const session = await Session.open(version);
    for (const stream of [await session.stream(progress('t')), await session.stream()]) {
      if (version === '2025-11-25') {
        const first = await stream.next();
        equal([first.data, first.message], ['', undefined], 'the data of the priming event');
        check(first.id !== undefined && Number(first.retry) > 0, `its id and retry: ${first.id}, ${first.retry}`);
      } else if (stream.headers['content-type'] === 'text/event-stream' && stream.events.length > 0) {
        check(stream.events[0].data !== '', `a priming event for ${version}`);
      }
      stream.cut();
    }
  }
});

await test('a_call_that_tells_its_progress', async () => {
  const session = await Session.open('2025-06-18');
  const events = await (await session.stream(progress('whole'))).rest();
  equal(events.map(({ message: one }) => one.params?.progress ?? 'result'), [0, 50, 100, 'result'], 'the messages');
  equal(new Set(events.map(({ id }) => id)).size, 4, 'different ids of events');
});

// Cuts the connection after the first progress; the rest comes after the last event that was seen.
async function resumeAfterCut(session) {
  const stream = await session.stream(progress('cut'));
  const first = await stream.message();
  equal(first.message.params.progress, 0, 'the first progress');
  stream.cut();
  const resumed = await session.stream(undefined, first.id);
  equal(resumed.status, 200, 'the status');
  const rest = await resumed.rest();
  equal(rest.map(({ message: one }) => one.params?.progress ?? 'result'), [50, 100, 'result'], 'the rest');
  return { first, rest };
}

await test('a_cut_stream_is_resumed', async () => {
  const session = await Session.open();
  const { first, rest } = await resumeAfterCut(session);
  const again = await (await session.stream(undefined, first.id)).rest();
  equal(again.map(({ id }) => id), rest.map(({ id }) => id), 'the same once more');
  equal(await (await session.stream(undefined, rest.at(-1).id)).rest(), [], 'after the last one');
});
await test('two_streams_at_once_are_resumed_each_by_itself', async () => {
  const session = await Session.open();
  const own = await session.stream();
  const tokens = ['one', 'two'];
  const streams = await Promise.all(tokens.map((token) => session.stream(progress(token))));
  const firsts = await Promise.all(streams.map((stream) => stream.message()));
  await session.ask(call('test_trigger_tool_change'));
  streams.forEach((stream) => stream.cut());
  for (const [i, first] of firsts.entries()) {
    equal(first.message.params.progressToken, tokens[i], 'the token of the first');
    const rest = await (await session.stream(undefined, first.id)).rest();
    equal(rest.slice(0, -1).map(({ message: one }) => one.params.progressToken), [tokens[i], tokens[i]], 'only of this stream');
    check(rest.at(-1).message.result !== undefined, 'the result');
  }
  equal((await own.message()).message.method, 'notifications/tools/list_changed', 'the own stream has its own');
  own.cut();
});
await test('a_cut_own_stream_is_resumed', async () => {
  const session = await Session.open();
  const own = await session.stream();
  const priming = await own.next();
  own.cut();
  await session.ask(call('test_trigger_tool_change'));
  await session.ask(call('test_trigger_prompt_change'));
  const resumed = await session.stream(undefined, priming.id);
  equal([(await resumed.message()).message.method, (await resumed.message()).message.method],
    ['notifications/tools/list_changed', 'notifications/prompts/list_changed'], 'what came meanwhile');
  resumed.cut();
});
await test('foreign_and_forgotten_ids_are_refused', async () => {
  const [session, other] = [await Session.open(), await Session.open()];
  const { rest } = await resumeAfterCut(other);
  const refusals = [rest[0].id, 'nonsense', '999999-1', '1-999999', '-1', '1--1', '99999999999999999999999-1'];
  for (const id of refusals) {
    const stream = await session.stream(undefined, id);
    equal([stream.status, stream.headers['content-type']], [400, 'application/problem+json'], `Last-Event-ID ${id}`);
    await stream.end;
    matches(stream.body, /Last-Event-ID/, 'the reason');
  }
});
await test('old_streams_are_forgotten', async () => {
  const session = await Session.open();
  const { first } = await resumeAfterCut(session);
  for (let i = 0; i < 20; i += 1) {
    await (await session.stream(progress(`more-${i}`))).message();
  }
  let status = 200;
  for (let i = 0; i < 20 && status === 200; i += 1) {
    const events = await session.stream(progress(`late-${i}`));
    await events.rest();
    const stream = await session.stream(undefined, first.id);
    status = stream.status;
    stream.cut();
  }
  equal(status, 400, 'the status of a stream that ended long ago');
});
await test('a_stream_that_the_server_closed_is_resumed', async () => {
  const session = await Session.open();
  const stream = await session.stream(call('test_reconnection'));
  const priming = await stream.next();
  await stream.end;
  const rest = await (await session.stream(undefined, priming.id)).rest();
  equal(rest.length, 1, 'messages');
  check(rest[0].message.result !== undefined, 'the result');
});

// ---- going away ----

const modernCall = (name, args) => ({
  method: 'POST',
  headers: { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': name },
  body: call(name, args, { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } }),
});

// A slow call holds up the end of a server until stop_timeout_ms; one that was cancelled does not.
async function msToStop(more) {
  const slow = await start({ args: ['--conformance', '--stop-timeout-ms', String(STOP_TIMEOUT_MS)] });
  await more(slow);
  const began = Date.now();
  await slow.stopWell();
  return Date.now() - began;
}

async function leave(to, { method, headers, body }) {
  const socket = net.createConnection(to.port, '127.0.0.1');
  socket.on('error', () => {});
  const lines = Object.entries({ Host: 'localhost', 'Content-Type': 'application/json', 'Content-Length': body.length, ...headers });
  socket.write(`${method} /mcp HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
  await request(to.port, { body: message('ping') }); // by now it has begun
  await request(to.port, { body: message('ping') });
  socket.destroy();
  await request(to.port, { body: message('ping') });
}

await test('going_away_cancels_a_modern_call_at_once', async () => {
  const ms = await msToStop((to) => leave(to, modernCall('slow_compute', { seconds: 60, label: 'x' })));
  console.log(`        ended after ${ms} ms`);
  check(ms < STOP_TIMEOUT_MS, `the call went on for ${ms} ms`);
});
await test('going_away_cancels_no_legacy_call', async () => {
  const ms = await msToStop((to) => leave(to, { method: 'POST', headers: {}, body: call('slow_compute', { seconds: 60, label: 'x' }) }));
  console.log(`        ended after ${ms} ms`);
  check(ms >= STOP_TIMEOUT_MS, `the call was cancelled after ${ms} ms`);
});

// ---- HTTP itself ----

await test('expect_100_continue', async () => {
  const body = message('ping');
  const socket = net.createConnection(port, '127.0.0.1');
  socket.setEncoding('latin1');
  let text = '';
  const until = (pattern) => withTimeout(new Promise((resolve) => {
    const look = () => pattern.test(text) && resolve();
    socket.on('data', (part) => { text += part; look(); });
    look();
  }), 30000, String(pattern));
  socket.write(`POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
  await until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  text = '';
  socket.write(body);
  await until(/^HTTP\/1\.1 200 [^]*"result":\{\}\}$/);
  socket.destroy();
});
await test('a_client_of_http_1_0', async () => {
  const body = message('ping', undefined, 'old');
  const head = (more) => `POST /mcp HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}Content-Length: `;
  const answer = await exchange(port, `${head('')}${body.length}\r\n\r\n${body}`, { untilClosed: true });
  equal([answer.status, JSON.parse(answer.body).id, answer.rest.length], [200, 'old', 0], 'the answer');
  // It knows no chunks: the end of the connection is the end of the stream.
  const session = await Session.open('2025-06-18');
  const slow = progress('old');
  const stream = await exchange(port, `${head(`Mcp-Session-Id: ${session.headers['Mcp-Session-Id']}\r\n`)}${slow.length}\r\n\r\n${slow}`, { untilClosed: true });
  equal([stream.status, stream.headers['transfer-encoding']], [200, undefined], 'the head of a stream');
  equal(stream.rest.toString().match(/^data: /gm).length, 4, 'events');
});
await test('a_page_of_an_allowed_origin', async () => {
  const preflight = await request(port, { method: 'OPTIONS', headers: { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'content-type,mcp-session-id,mcp-protocol-version' } });
  equal(preflight.status, 204, 'the status');
  equal(preflight.headers['access-control-allow-origin'], ORIGIN, 'the origin');
  for (const name of ['content-type', 'mcp-protocol-version', 'mcp-method', 'mcp-name', 'mcp-session-id', 'last-event-id', 'authorization']) {
    matches(preflight.headers['access-control-allow-headers'], name === 'authorization' ? /authorization/i : new RegExp(`\\*|${name}`, 'i'), `allowed header ${name}`);
  }
  for (const name of ['GET', 'POST', 'DELETE']) {
    matches(preflight.headers['access-control-allow-methods'], new RegExp(name), `allowed method ${name}`);
  }
  const answer = await request(port, { headers: { Origin: ORIGIN }, body: message('ping') });
  equal([answer.status, answer.headers['access-control-allow-origin']], [200, ORIGIN], 'the answer');
  matches(answer.headers['access-control-expose-headers'], /mcp-session-id/i, 'what a page may see');
  const session = await Session.open('2025-11-25', { Origin: ORIGIN });
  const own = await openStream(port, { headers: { ...session.headers, Origin: ORIGIN } });
  equal(own.headers['access-control-allow-origin'], ORIGIN, 'of a stream');
  own.cut();
  for (const origin of ['https://app.example.com.evil.example', 'https://evil.example', 'http://app.example.com']) {
    const refusal = await request(port, { method: 'OPTIONS', headers: { Origin: origin } });
    equal([refusal.status, refusal.headers['access-control-allow-origin']], [403, undefined], origin);
  }
});

await server.stopWell();
finish();
