// The official TypeScript clients against hone: the client of SDK v1, and that of v2 in each of
// its ways to choose a protocol version, over stdio and over HTTP. Each lists the tools, calls a
// skill, teaches it a label until the answer changes, and asks for the status; then, against the
// fixtures of the conformance profile: progress, input by a form, cancellation, changes that it
// hears of, and over HTTP an event stream that it resumes.
//
// Runs from the folder in which tools/test-clients.sh installed the packages, so imports of them
// are resolved from there.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const sourceFolder = process.env.HONE_SOURCE_DIR;
const lib = (name) => import(pathToFileURL(path.join(sourceFolder, 'tests/e2e/lib', name)).href);
const { check, equal, finish, matches, test } = await lib('checks.mjs');
const { withTimeout } = await lib('peer.mjs');
const { IDLE_MS, binary, makeFolder, start, testSkills } = await lib('server.mjs');
const { resolve } = createRequire(path.join(process.cwd(), 'package.json'));
const load = (name) => import(pathToFileURL(resolve(name)).href);

const v1 = {
  ...(await load('@modelcontextprotocol/sdk/client/index.js')),
  ...(await load('@modelcontextprotocol/sdk/client/stdio.js')),
  ...(await load('@modelcontextprotocol/sdk/client/streamableHttp.js')),
};
const v1Types = await load('@modelcontextprotocol/sdk/types.js');
const v2 = {
  ...(await load('@modelcontextprotocol/client')),
  ...(await load('@modelcontextprotocol/client/stdio')),
};

const ODD_TEXT = 'quokka bandana';
const ROUNDS_MAX = 40;
const EVENT_MS = 30000;
const HOUR_S = 3600;
const WATCHED = 'test://watched-resource';
const info = { name: 'client-test', version: '1.0.0' };
const capabilities = { elicitation: { form: {} } };

// name, the SDK, options of its client, the version that must be agreed on.
const clients = [
  ['sdk_v1', v1, {}, '2025-11-25'],
  ['client_v2_default', v2, {}, '2025-11-25'],
  ['client_v2_auto', v2, { versionNegotiation: { mode: 'auto' } }, '2026-07-28'],
  ['client_v2_pinned', v2, { versionNegotiation: { mode: { pin: '2026-07-28' } } }, '2026-07-28'],
];

// A tool call that must succeed; the client holds the structured result against the schema that
// the tool declared.
async function callTool(client, name, args) {
  const result = await client.callTool({ name, arguments: args });
  check(result.isError !== true, `${name}: ${result.content?.[0]?.text}`);
  return result;
}

async function ask(client, text) {
  return (await callTool(client, 'weather', { text })).structuredContent;
}

async function checkConversation(client, version) {
  if (client.getNegotiatedProtocolVersion !== undefined) {
    equal(client.getNegotiatedProtocolVersion(), version, 'the version agreed on');
  }
  equal(client.getServerVersion()?.name, 'hone', 'the name of the server');
  matches(client.getInstructions() ?? '', /call_id/, 'the instructions');
  const before = JSON.stringify((await client.listTools()).tools);
  equal(JSON.parse(before).map((tool) => tool.name),
    ['full', 'guide', 'minimal', 'open-topics', 'weather', 'feedback', 'hone_status'], 'the tools');

  equal((await ask(client, 'umbrella showers')).label, 'rain', 'an answer');
  const first = await ask(client, ODD_TEXT);
  const wanted = first.label === 'snow' ? 'sun' : 'snow';
  let n = 0;
  for (let answer = first; answer.label !== wanted; n += 1) {
    check(n < ROUNDS_MAX, `"${ODD_TEXT}" is not ${wanted} after ${ROUNDS_MAX} labels`);
    const given = (await callTool(client, 'feedback',
      { call_id: answer.call_id, label: wanted, wait: 'learned' })).structuredContent;
    equal([given.status, given.learned], ['stored', true], 'the feedback');
    answer = await ask(client, ODD_TEXT);
    check(answer.learned_through >= given.position, 'the answer has not learnt from the feedback');
  }
  const status = await callTool(client, 'hone_status', { skill: 'weather' });
  equal(status.structuredContent.skills[0].feedback, n, 'feedbacks in the status');

  const refused = await client.callTool({ name: 'feedback', arguments: { call_id: first.call_id, label: 'snwo' } });
  equal(refused.isError, true, 'a misspelt label');
  matches(refused.content[0].text, /snow/, 'what is said of it');
  let unknown;
  try {
    unknown = await client.callTool({ name: 'wether', arguments: {} });
  } catch (error) {
    unknown = error;
  }
  matches(unknown.message ?? unknown.content?.[0]?.text, /did you mean weather/, 'an unknown tool');
  equal(JSON.stringify((await client.listTools()).tools), before, 'the tools after learning');
}

// SDK v1 names handlers by the schema of the message, v2 by its method.
function onRequest(sdk, client, handler) {
  client.setRequestHandler(sdk === v1 ? v1Types.ElicitRequestSchema : 'elicitation/create', handler);
}

// The next notification of that method.
function nextNotification(sdk, client, method) {
  const schemas = {
    'notifications/resources/updated': v1Types.ResourceUpdatedNotificationSchema,
    'notifications/tools/list_changed': v1Types.ToolListChangedNotificationSchema,
  };
  const event = new Promise((resolve) => {
    client.setNotificationHandler(sdk === v1 ? schemas[method] : method,
      (notification) => resolve(notification.params));
  });
  return withTimeout(event, EVENT_MS, method);
}

async function checkProgress(client) {
  const seen = [];
  const result = await client.callTool({ name: 'test_tool_with_progress', arguments: {} },
    ...progressOptions(client, ({ progress, total }) => seen.push([progress, total])));
  equal(result.content[0].text, 'Progress was told three times.', 'the result after progress');
  // These clients drop a notification that comes in one read with the answer, as the last may.
  const told = [[0, 100], [50, 100], [100, 100]];
  check(seen.length >= 2, `progress was seen ${seen.length} times`);
  equal(seen, told.slice(0, seen.length), 'progress');
}

// Options are the third argument in SDK v1, the second in v2.
function requestOptions(client, options) {
  return client instanceof v1.Client ? [undefined, options] : [options];
}

function progressOptions(client, onprogress) {
  return requestOptions(client, { onprogress });
}

async function checkForm(sdk, client) {
  let asked;
  onRequest(sdk, client, (request) => {
    asked = request.params;
    return { action: 'accept', content: { username: 'ada', email: 'ada@example.com' } };
  });
  const result = await callTool(client, 'test_elicitation', { message: 'Who are you?' });
  equal(asked?.message, 'Who are you?', 'the question');
  matches(result.content[0].text, /action=accept, content=.*"ada"/, 'the answer to the form');
}

// The call ends for the client at once; that it ended for the server is seen when that stops, which
// waits for what is in flight.
async function checkCancellation(client) {
  const abort = new AbortController();
  let error;
  const call = client.callTool({ name: 'test_tool_with_progress', arguments: {} },
    ...requestOptions(client, { onprogress: () => {} }));
  const slow = client.callTool({ name: 'slow_compute', arguments: { seconds: HOUR_S } },
    ...requestOptions(client, { signal: abort.signal })).catch((caught) => { error = caught; });
  await call; // the slow one began before this one ended
  abort.abort('enough');
  await slow;
  check(error !== undefined, 'the cancelled call has an answer');
  equal((await callTool(client, 'greet', { name: 'Ada' })).content[0].text, 'Hello, Ada!',
    'the call after a cancelled one');
}

async function checkChanges(sdk, client, version) {
  const updated = nextNotification(sdk, client, 'notifications/resources/updated');
  const changed = nextNotification(sdk, client, 'notifications/tools/list_changed');
  let subscription;
  if (version === '2026-07-28') {
    subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: [WATCHED] });
  } else {
    await client.subscribeResource({ uri: WATCHED });
  }
  const read = async () => (await client.readResource({ uri: WATCHED })).contents[0].text;
  const before = await read();
  await callTool(client, 'test_trigger_resource_change', {});
  equal((await updated).uri, WATCHED, 'the resource that was updated');
  check(await read() !== before, 'the resource is as it was');
  await callTool(client, 'test_trigger_tool_change', {});
  await changed;
  const names = (await client.listTools()).tools.map((tool) => tool.name);
  check(names.includes('test_changing_tool'), 'the list of tools is as it was');
  await subscription?.close();
}

// The server lets go of the stream in the middle of the call; the client asks for the rest.
async function checkResumption(client) {
  const result = await callTool(client, 'test_reconnection', {});
  matches(result.content[0].text, /after it was resumed/, 'the answer on the resumed stream');
}

async function checkFeatures(sdk, client, version) {
  await checkProgress(client);
  await checkForm(sdk, client);
  await checkCancellation(client);
  await checkChanges(sdk, client, version);
  const prompt = await client.getPrompt({ name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } });
  equal(prompt.messages[0].content.text, "Prompt with arguments: arg1='a', arg2='b'", 'the prompt');
}

const idleArgs = ['--idle-timeout-ms', String(IDLE_MS)];
const featureArgs = ['--conformance', '--stop-timeout-ms', '600000'];

for (const [name, sdk, options, version] of clients) {
  await test(`${name}_over_stdio`, async () => {
    const client = new sdk.Client(info, options);
    const transport = new sdk.StdioClientTransport({
      command: binary,
      args: ['serve', '--stdio', '--skills', testSkills, '--data', path.join(makeFolder(), 'data'), ...idleArgs],
      env: { ...process.env, OPENBLAS_NUM_THREADS: '1' },
      stderr: 'ignore',
    });
    await client.connect(transport);
    await checkConversation(client, version);
    await client.close();
  });
  await test(`${name}_over_http`, async () => {
    const server = await start();
    const client = new sdk.Client(info, options);
    await client.connect(new sdk.StreamableHTTPClientTransport(new URL(server.url)));
    await checkConversation(client, version);
    await client.close();
    await server.stopWell();
  });
  await test(`${name}_features_over_stdio`, async () => {
    const client = new sdk.Client(info, { ...options, capabilities });
    const transport = new sdk.StdioClientTransport({
      command: binary,
      args: ['serve', '--stdio', '--data', path.join(makeFolder(), 'data'), ...idleArgs, ...featureArgs],
      env: { ...process.env, OPENBLAS_NUM_THREADS: '1' },
      stderr: 'ignore',
    });
    await client.connect(transport);
    await checkFeatures(sdk, client, version);
    await client.close();
  });
  await test(`${name}_features_over_http`, async () => {
    const server = await start({ skills: [], args: featureArgs });
    const client = new sdk.Client(info, { ...options, capabilities });
    await client.connect(new sdk.StreamableHTTPClientTransport(new URL(server.url)));
    await checkFeatures(sdk, client, version);
    if (version !== '2026-07-28') {
      await checkResumption(client);
    }
    await client.close();
    await server.stopWell();
  });
}
finish();
