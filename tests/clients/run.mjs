// The official TypeScript clients against hone: the client of SDK v1, and that of v2 in each of
// its ways to choose a protocol version, over stdio and over HTTP. Each lists the tools, calls a
// skill, teaches it a label until the answer changes, and asks for the status.
//
// Runs from the folder in which tools/test-clients.sh installed the packages, so imports of them
// are resolved from there.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const sourceFolder = process.env.HONE_SOURCE_DIR;
const lib = (name) => import(pathToFileURL(path.join(sourceFolder, 'tests/e2e/lib', name)).href);
const { check, equal, finish, matches, test } = await lib('checks.mjs');
const { binary, makeFolder, start, testSkills } = await lib('server.mjs');
const { resolve } = createRequire(path.join(process.cwd(), 'package.json'));
const load = (name) => import(pathToFileURL(resolve(name)).href);

const v1 = {
  ...(await load('@modelcontextprotocol/sdk/client/index.js')),
  ...(await load('@modelcontextprotocol/sdk/client/stdio.js')),
  ...(await load('@modelcontextprotocol/sdk/client/streamableHttp.js')),
};
const v2 = {
  ...(await load('@modelcontextprotocol/client')),
  ...(await load('@modelcontextprotocol/client/stdio')),
};

const ODD_TEXT = 'quokka bandana';
const ROUNDS_MAX = 40;
const info = { name: 'client-test', version: '1.0.0' };

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

for (const [name, sdk, options, version] of clients) {
  await test(`${name}_over_stdio`, async () => {
    const client = new sdk.Client(info, options);
    const transport = new sdk.StdioClientTransport({
      command: binary,
      args: ['serve', '--stdio', '--skills', testSkills, '--data', path.join(makeFolder(), 'data')],
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
}
finish();
