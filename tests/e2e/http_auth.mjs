// Who may do what over HTTP: bearer tokens with roles, refusals that say what to do, and what is
// open to everybody.
import fs from 'node:fs';
import path from 'node:path';
import { check, equal, finish, matches, test } from './lib/checks.mjs';
import { post, request } from './lib/http.mjs';
import { withTimeout } from './lib/peer.mjs';
import { run } from './lib/relay.mjs';
import { launch, makeFolder, start, startFailing } from './lib/server.mjs';

// To the server an address of anywhere, in truth of this machine alone.
const OTHER_LOOPBACK = '[::ffff:127.0.0.1]:0';
const REVOKE_MAX_MS = 5000; // the server looks once a second

const file = path.join(makeFolder(), 'tokens');
const options = { args: ['--http-tokens', file] };
const tokens = {};

async function addToken(name, role) {
  const { code, text } = await run(['token', 'add', name, '--role', role, '--tokens', file]);
  equal(code, 0, `hone token add: ${text}`);
  tokens[name] = /hone_[A-Za-z0-9_-]{43}/.exec(text)[0];
}

await addToken('caller', 'call');
await addToken('teacher', 'feedback');
await addToken('both', 'call,feedback');
await addToken('boss', 'admin');
await addToken('gone', 'call,feedback');

const server = await start(options);
const { port } = server;
const as = (name) => (name === undefined ? {} : { Authorization: `Bearer ${tokens[name] ?? name}` });
const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
const ask = (name, body = ping, more = {}) => request(port, { headers: { ...as(name), ...more }, body });

function refused(answer, status, detail, challenge) {
  equal([answer.status, answer.headers['content-type']], [status, 'application/problem+json'], 'status and type');
  matches(JSON.parse(answer.body).detail, detail, 'the detail');
  matches(JSON.parse(answer.body).hint, /Authorization: Bearer TOKEN/, 'the hint');
  matches(answer.headers['www-authenticate'], challenge, 'WWW-Authenticate');
}

await test('without_a_token', async () => {
  for (const [method, where] of [['POST', '/mcp'], ['GET', '/mcp'], ['DELETE', '/mcp'], ['GET', '/api/v1/skills']]) {
    const answer = await request(port, { method, path: where, body: method === 'POST' ? ping : '' });
    refused(answer, 401, /a bearer token is needed/, /^Bearer (?!.*error=).*scope="/);
  }
  refused(await request(port, { path: '/api/v1/feedback', body: '{}' }), 401, /a bearer token is needed/, /scope="feedback"/);
});
await test('with_a_wrong_token', async () => {
  const almost = `${tokens.both.slice(0, -1)}${tokens.both.endsWith('A') ? 'B' : 'A'}`;
  for (const token of [almost, 'hone_', tokens.both.slice(0, -1), `${tokens.both}x`, tokens.both.toUpperCase()]) {
    refused(await ask(token), 401, /not known/, /error="invalid_token"/);
  }
});
await test('with_no_bearer_token', async () => {
  for (const value of [`Basic ${tokens.both}`, `Bearer ${tokens.both}, Bearer ${tokens.both}`, tokens.both]) {
    const answer = await request(port, { headers: { Authorization: value }, body: ping });
    equal(answer.status, 401, `the status of "${value.slice(0, 12)}..."`);
    matches(answer.headers['www-authenticate'], /^Bearer /, 'WWW-Authenticate');
  }
  equal((await request(port, { path: `/mcp?access_token=${tokens.both}`, body: ping })).status, 401, 'a token in the query');
});
await test('the_word_bearer_in_any_case', async () => {
  equal((await request(port, { headers: { authorization: `bEARER ${tokens.both}` }, body: ping })).status, 200, 'the status');
});

// ---- roles ----

await test('roles_by_route', async () => {
  const skills = (name) => request(port, { method: 'GET', path: '/api/v1/skills', headers: as(name) });
  const feedback = (name) => request(port, { path: '/api/v1/feedback', headers: as(name), body: '{"call_id":"x"}' });
  for (const name of ['caller', 'both', 'boss']) {
    equal((await skills(name)).status, 200, `skills for ${name}`);
  }
  refused(await skills('teacher'), 403, /roles do not cover/, /error="insufficient_scope".*scope="call"/);
  for (const name of ['teacher', 'both', 'boss']) {
    check([400, 404].includes((await feedback(name)).status), `feedback for ${name}`);
  }
  refused(await feedback('caller'), 403, /roles do not cover/, /error="insufficient_scope".*scope="feedback"/);
  for (const name of ['caller', 'teacher', 'both', 'boss']) {
    equal((await ask(name)).status, 200, `a ping of ${name}`);
  }
});

const call = async (name, tool, args) => {
  const { json } = await post(port, '/mcp',
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args } }, as(name));
  return json.result;
};

await test('roles_by_tool', async () => {
  const { structuredContent } = await call('caller', 'weather', { text: 'fog' });
  const refusedTool = async (name, tool, args, role) => {
    const result = await call(name, tool, args);
    equal(result.isError, true, `${tool} for ${name}`);
    matches(result.content[0].text, new RegExp(`role.*${role}|${role}.*role`), 'what it says');
    equal(result._meta['io.github.hone/error'].code, 'denied', 'the code');
  };
  await refusedTool('teacher', 'weather', { text: 'fog' }, 'call');
  await refusedTool('teacher', 'hone_status', {}, 'call');
  await refusedTool('caller', 'feedback', { call_id: structuredContent.call_id, label: 'rain' }, 'feedback');
  equal((await call('teacher', 'feedback', { call_id: structuredContent.call_id, label: 'rain' })).structuredContent.status, 'stored', 'feedback');
  equal((await call('boss', 'weather', { text: 'fog' })).isError, undefined, 'a call of the boss');
});
await test('the_source_of_feedback_is_the_name_of_the_token', async () => {
  const { structuredContent } = await call('both', 'weather', { text: 'drizzle' });
  const given = { call_id: structuredContent.call_id, label: 'rain', idempotency_key: 'mine' };
  const first = (await call('both', 'feedback', given)).structuredContent;
  equal(first.status, 'stored', 'the first');
  // Keys are one source's own: the same by another way is the same, of another token it is not.
  const { json } = await post(port, '/api/v1/feedback', given, as('both'));
  equal([json.status, json.feedback_id], ['duplicate', first.feedback_id], 'the same over the API');
  const other = await post(port, '/api/v1/feedback', { ...given, source: 'both' }, as('teacher'));
  check(other.json.feedback_id !== first.feedback_id, 'another token speaks for this one');
});

// ---- sessions ----

await test('the_session_of_another_is_none', async () => {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
  const answer = await ask('both', JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }));
  const session = { 'Mcp-Session-Id': answer.headers['mcp-session-id'] };
  equal((await ask('both', ping, session)).status, 200, 'its own');
  equal((await ask('caller', ping, session)).status, 404, "another's");
  for (const method of ['GET', 'DELETE']) {
    equal((await request(port, { method, headers: { ...as('boss'), ...session } })).status, 404, `${method} of another's`);
  }
  equal((await ask(undefined, ping, session)).status, 401, 'of nobody');
  equal((await ask('both', ping, session)).status, 200, 'its own again');
});

// ---- open to all ----

await test('health_is_open', async () => {
  for (const where of ['/healthz', '/readyz']) {
    equal((await request(port, { method: 'GET', path: where })).status, 200, where);
  }
});
await test('well_known_paths_are_a_clean_404', async () => {
  for (const where of ['oauth-protected-resource', 'oauth-protected-resource/mcp', 'oauth-authorization-server', 'openid-configuration']) {
    const answer = await request(port, { method: 'GET', path: `/.well-known/${where}` });
    equal([answer.status, answer.headers['content-type']], [404, 'application/problem+json'], where);
    equal(JSON.parse(answer.body).status, 404, 'the status in the body');
  }
});

// ---- changes of the file ----

async function until(what, condition) {
  const began = Date.now();
  while (!await condition()) {
    check(Date.now() - began < REVOKE_MAX_MS, `${what} took longer than ${REVOKE_MAX_MS} ms`);
  }
  console.log(`        ${what} after ${Date.now() - began} ms`);
}

await test('a_token_that_is_revoked_is_refused_soon', async () => {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
  const init = await ask('gone', JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }));
  const stream = await fetch(server.url, { headers: { ...as('gone'), Accept: 'text/event-stream', 'Mcp-Session-Id': init.headers['mcp-session-id'] } });
  equal(stream.status, 200, 'its event stream');
  equal((await run(['token', 'revoke', 'gone', '--tokens', file])).code, 0, 'hone token revoke');
  await until('refused', async () => (await ask('gone')).status === 401);
  equal((await ask('both')).status, 200, 'the others');
  const reader = stream.body.getReader();
  const ended = async () => {
    while (!(await reader.read()).done);
  };
  await withTimeout(ended().catch(() => {}), REVOKE_MAX_MS, 'the end of its event stream');
});
await test('a_token_that_is_added_is_known_soon', async () => {
  await addToken('late', 'call');
  await until('known', async () => (await ask('late')).status === 200);
});
await test('a_damaged_file_lets_the_former_ones_in', async () => {
  const before = fs.readFileSync(file);
  fs.writeFileSync(file, 'nonsense\n', { mode: 0o600 });
  await until('noticed', async () => (await ask()).status === 401 && /tokens not read again/.test(server.log));
  equal([(await ask('both')).status, (await ask()).status], [200, 401], 'the statuses');
  fs.writeFileSync(file, before, { mode: 0o600 });
});
await test('without_its_file_nobody_comes_in', async () => {
  fs.renameSync(file, `${file}.kept`);
  await until('refused', async () => (await ask('both')).status === 401);
  fs.renameSync(`${file}.kept`, file);
  await until('let in', async () => (await ask('both')).status === 200);
});
await server.stopWell();

// ---- starts that are refused ----

await test('a_file_that_others_may_read', async () => {
  fs.chmodSync(file, 0o640);
  const { code, log } = await startFailing(options);
  fs.chmodSync(file, 0o600);
  check(code > 0, `the exit code is ${code}`);
  matches(log, /tokens/, 'what it said');
  matches(log, /chmod|0600|600/, 'the fix');
});
await test('a_file_that_is_named_and_not_there', async () => {
  const { code, log } = await startFailing({ args: ['--http-tokens', path.join(makeFolder(), 'none')] });
  check(code > 0, `the exit code is ${code}`);
  matches(log, /none/, 'what it said');
});

await test('an_address_that_is_not_loopback_without_tokens', async () => {
  for (const address of ['0.0.0.0:0', '[::]:0', '192.0.2.1:0', OTHER_LOOPBACK]) {
    const { code, log } = await startFailing({ http: false, args: ['--http', address] });
    check(code > 0, `the exit code is ${code}`);
    matches(log, /not a loopback address/, 'what it said');
    matches(log, /hone token add/, 'the fix');
  }
});
await test('an_address_that_is_not_loopback_with_tokens', async () => {
  const open = launch({ http: false, args: ['--http', OTHER_LOOPBACK, ...options.args] });
  const ready = await Promise.race([open.ready().then(() => true), open.exited.then(() => false)]);
  if (ready) {
    await open.stopWell();
  } else { // a machine without IPv6: tried at least
    matches(open.log, /cannot listen/, 'what it said');
  }
});
finish();
