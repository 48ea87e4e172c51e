// What outlives one request: listen requests that stay open until their client or the server ends
// them, and tasks, which outlive the process.
import { check, equal, finish, test } from './lib/checks.mjs';
import { request } from './lib/http.mjs';
import { withTimeout } from './lib/peer.mjs';
import { launch, start } from './lib/server.mjs';

const args = ['--conformance'];
const VERSION = '2026-07-28';
const KEY_ID = 'io.modelcontextprotocol/subscriptionId';
const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const STOP_MAX_MS = 4000; // below stop_timeout_ms: nothing is waited for

const modern = (params, capabilities = {}) => ({
  ...params,
  _meta: {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  },
});
const listen = (wishes) => modern({ notifications: wishes });

async function endsSoon(server) {
  const { code, signal } = await withTimeout(server.exited, STOP_MAX_MS, 'the end of the server');
  equal([code, signal], [0, null], `exit\n${server.log}`);
}

// ---- over a stream ----

async function startStdio() {
  const server = launch({ stdio: true, args });
  await server.ready();
  return server;
}

await test('a_listener_on_stdio_hears_of_changes_and_of_the_end', async () => {
  const server = await startStdio();
  const { peer } = server;
  const ended = peer.ask('subscriptions/listen', listen({ toolsListChanged: true }));
  const acknowledged = await peer.next();
  equal(acknowledged.method, 'notifications/subscriptions/acknowledged', 'first message');
  equal(acknowledged.params._meta[KEY_ID], 1, 'the subscription');
  equal(acknowledged.params.notifications, { toolsListChanged: true }, 'what is honoured');
  await peer.request('tools/call', modern({ name: 'test_trigger_tool_change', arguments: {} }));
  const changed = await peer.next();
  equal(changed.method, 'notifications/tools/list_changed', 'the change');
  equal(changed.params._meta[KEY_ID], 1, "the change's subscription");
  server.child.kill('SIGTERM');
  const { result } = await ended;
  equal([result.resultType, result._meta[KEY_ID]], ['complete', 1], 'the end');
  const cancelled = await peer.next();
  equal([cancelled.method, cancelled.params.requestId], ['notifications/cancelled', 1], 'after it');
  await endsSoon(server);
});

await test('an_open_listen_request_does_not_hold_up_the_end_of_stdin', async () => {
  const server = await startStdio();
  server.peer.ask('subscriptions/listen', listen({ toolsListChanged: true })).catch(() => {});
  await server.peer.next();
  server.child.stdin.end();
  await endsSoon(server);
});

await test('a_task_that_waits_for_its_client_does_not_hold_up_the_end', async () => {
  const server = await startStdio();
  const created = await server.peer.request('tools/call',
    modern({ name: 'confirm_delete', arguments: { filename: 'x' } }, { ...TASKS, elicitation: {} }));
  equal(created.resultType, 'task', 'resultType');
  await server.peer.request('tools/call', modern({ name: 'slow_compute', arguments: { seconds: 60, label: 'x' } }, TASKS));
  server.child.kill('SIGTERM');
  await endsSoon(server);
});

// ---- over HTTP ----

const headers = (method, name) => ({ 'MCP-Protocol-Version': VERSION, 'Mcp-Method': method, 'Mcp-Name': name });

async function ask(server, method, params, name) {
  const { body } = await request(server.port, {
    headers: headers(method, name),
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const answer = JSON.parse(body);
  check(answer.error === undefined, `${method}: ${answer.error?.message}`);
  return answer.result;
}

// The messages of an event stream, one by one; undefined at its end.
async function* readEvents(stream) {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop();
    for (const line of lines.filter((one) => one.startsWith('data:'))) {
      yield JSON.parse(line.slice('data:'.length));
    }
  }
}

async function listenOverHttp(server, wishes) {
  const answer = await fetch(server.url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': VERSION,
      'Mcp-Method': 'subscriptions/listen',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 'listen:0', method: 'subscriptions/listen', params: listen(wishes) }),
  });
  equal(answer.headers.get('content-type'), 'text/event-stream', 'content type');
  const events = readEvents(answer.body);
  const next = async () => (await withTimeout(events.next(), 30000, 'an event')).value;
  equal((await next()).method, 'notifications/subscriptions/acknowledged', 'first event');
  return next;
}

await test('a_listener_over_http_hears_of_changes_and_of_the_end', async () => {
  const server = await start({ args });
  const next = await listenOverHttp(server, { promptsListChanged: true });
  const other = await listenOverHttp(server, { toolsListChanged: true });
  await ask(server, 'tools/call', modern({ name: 'test_trigger_tool_change', arguments: {} }), 'test_trigger_tool_change');
  await ask(server, 'tools/call', modern({ name: 'test_trigger_prompt_change', arguments: {} }), 'test_trigger_prompt_change');
  const [changed, otherChanged] = [await next(), await other()];
  equal(changed.method, 'notifications/prompts/list_changed', 'what the first hears');
  equal(changed.params._meta[KEY_ID], 'listen:0', 'its subscription');
  equal(otherChanged.method, 'notifications/tools/list_changed', 'what the second hears');
  server.child.kill('SIGTERM');
  const ended = await next();
  equal([ended.id, ended.result.resultType, ended.result._meta[KEY_ID]], ['listen:0', 'complete', 'listen:0'], 'the end');
  equal(await next(), undefined, 'after the end');
  await endsSoon(server);
});

await test('tasks_outlive_the_process', async () => {
  const server = await start({ args });
  const call = (name, more) => ask(server, 'tools/call', modern({ name, arguments: more }, TASKS), name);
  const done = await call('slow_compute', { seconds: 0, label: 'short' });
  const lost = await call('slow_compute', { seconds: 60, label: 'long' });
  const get = (where, { taskId }) => ask(where, 'tasks/get', modern({ taskId }, TASKS), taskId);
  let before = await get(server, done);
  for (const began = Date.now(); before.status === 'working' && Date.now() - began < 30000;) {
    before = await get(server, done);
  }
  equal(before.status, 'completed', 'the short one');
  equal((await get(server, lost)).status, 'working', 'the long one');
  await server.kill();
  const again = await start({ args, data: server.data });
  equal(await get(again, done), before, 'the short one after the kill');
  const failed = await get(again, lost);
  equal([failed.status, failed.error.code], ['failed', -32603], 'the long one after the kill');
  check(/restarted/.test(failed.statusMessage), `it says why: ${failed.statusMessage}`);
  await again.stopWell();
});

await finish();
