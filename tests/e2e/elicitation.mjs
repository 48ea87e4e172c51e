// Users who are sent to a URL: the call waits until they are done there, and legacy clients are told,
// on every way to a server.
import { equal, finish, matches, test } from './lib/checks.mjs';
import { openStream } from './lib/events.mjs';
import { post, request } from './lib/http.mjs';
import { Relay, newData, run } from './lib/relay.mjs';
import { launch, start } from './lib/server.mjs';

const VERSION = '2025-11-25';
const capabilities = { elicitation: { url: {} } };
const clientInfo = { name: 'urls', version: '1' };
const call = (name, args = {}) => ({ name, arguments: args });
const done = (id) => call('test_url_elicitation_done', { elicitation_id: id });

// Two calls over one stream of lines: one that asks and waits, one that is refused until it may come.
async function converse(peer) {
  await peer.request('initialize', { protocolVersion: VERSION, capabilities, clientInfo });
  const waiting = peer.request('tools/call', call('test_url_elicitation'));
  const asked = await peer.next();
  const { mode, url, elicitationId } = asked.params;
  equal([asked.method, mode], ['elicitation/create', 'url'], 'the question');
  matches(url, new RegExp(elicitationId), 'the URL');
  peer.sendLine(JSON.stringify({ jsonrpc: '2.0', id: asked.id, result: { action: 'accept' } }));
  await peer.request('tools/call', done(elicitationId));
  const told = await peer.next();
  equal([told.method, told.params], ['notifications/elicitation/complete', { elicitationId }], 'the notice');
  equal((await waiting).content[0].text, 'Signed in.', 'the answer');

  const { error } = await peer.ask('tools/call', call('test_url_elicitation_required'));
  equal(error.code, -32042, 'the refusal');
  const [required] = error.data.elicitations;
  await peer.request('tools/call', done(required.elicitationId));
  equal((await peer.next()).params, { elicitationId: required.elicitationId }, 'the second notice');
  const again = await peer.request('tools/call', call('test_url_elicitation_required'));
  equal(again.content[0].text, 'Signed in.', 'the second answer');
}

await test('a_legacy_client_on_stdio', async () => {
  const server = launch({ stdio: true, args: ['--conformance'] });
  await server.ready();
  await converse(server.peer);
  await server.stopWell();
});

await test('a_legacy_client_through_a_relay', async () => {
  const data = newData();
  const relay = new Relay({ data, args: ['--conformance'] });
  await converse(relay.peer);
  await relay.close();
  await run(['stop', '--data', data]);
});

const server = await start({ args: ['--conformance'] });
const message = (id, method, params) => JSON.stringify({ jsonrpc: '2.0', id, method, params });

await test('a_legacy_client_over_http_is_told_on_the_stream_of_its_call', async () => {
  const opened = await request(server.port, { body: message(0, 'initialize', { protocolVersion: VERSION, capabilities, clientInfo }) });
  const headers = { 'Mcp-Session-Id': opened.headers['mcp-session-id'], 'MCP-Protocol-Version': VERSION };
  const own = await openStream(server.port, { headers });
  const stream = await openStream(server.port, { method: 'POST', headers, body: message(1, 'tools/call', call('test_url_elicitation')) });
  const asked = (await stream.message()).message;
  const { elicitationId } = asked.params;
  const accepted = JSON.stringify({ jsonrpc: '2.0', id: asked.id, result: { action: 'accept' } });
  equal((await request(server.port, { headers, body: accepted })).status, 202, 'the answer to the question');
  await request(server.port, { headers, body: message(2, 'tools/call', done(elicitationId)) });
  const told = (await stream.message()).message;
  equal([told.method, told.params], ['notifications/elicitation/complete', { elicitationId }], 'the notice');
  equal((await stream.message()).message.result.content[0].text, 'Signed in.', 'the answer');

  const refused = await request(server.port, { headers, body: message(3, 'tools/call', call('test_url_elicitation_required')) });
  const { error } = JSON.parse(refused.body.replace(/^[^]*?data: (?=\{)/, ''));
  equal(error.code, -32042, 'the refusal');
  const [required] = error.data.elicitations;
  await request(server.port, { headers, body: message(4, 'tools/call', done(required.elicitationId)) });
  equal((await own.message()).message.params, { elicitationId: required.elicitationId }, "the notice on the session's stream");
  own.cut();
});

await test('a_modern_client_over_http_repeats_its_call', async () => {
  const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': capabilities };
  const headers = { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': 'test_url_elicitation' };
  const ask = (more) => post(server.port, '/mcp',
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { ...call('test_url_elicitation'), ...more, _meta } }, headers);
  const { result } = (await ask({})).json;
  equal(result.resultType, 'input_required', 'the first answer');
  const { url, elicitationId } = result.inputRequests.sign_in.params;
  equal(elicitationId, undefined, 'an id');
  const second = ask({ inputResponses: { sign_in: { action: 'accept' } }, requestState: result.requestState });
  await post(server.port, '/mcp', { jsonrpc: '2.0', id: 2, method: 'tools/call', params: done(url.split('/').pop()) });
  equal((await second).json.result.content[0].text, 'Signed in.', 'the second answer');
});
await server.stopWell();
finish();
