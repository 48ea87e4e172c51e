// stdout belongs to the protocol: in stdio mode every line on it is a JSON-RPC message, whatever
// is logged, and whatever goes wrong. And each request has exactly one answer.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { check, equal, finish, matches, test } from './lib/checks.mjs';
import { Relay, holder, newData, run } from './lib/relay.mjs';
import { binary, buildFolder, launch, makeFolder, testSkills } from './lib/server.mjs';

async function talk(args) {
  const server = launch({ stdio: true, args });
  const { peer } = server;
  await server.ready();
  await peer.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'purity', version: '1' } });
  peer.sendLine('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  await peer.request('tools/list', {});
  for (let i = 0; i < 60; i += 1) {
    const { structuredContent } = await peer.tool('weather', { text: `fog number ${i}` });
    await peer.tool('feedback', { call_id: structuredContent.call_id, label: i % 2 === 0 ? 'rain' : 'snow', wait: 'learned' });
  }
  const { structuredContent } = await peer.tool('weather', { text: 'fog' });
  await peer.tool('feedback', { call_id: structuredContent.call_id, comment: 'nothing to learn from: a debug line', wait: 'learned' });
  peer.sendLine('not a message');
  equal((await peer.next()).error.code, -32700, 'the answer to no message');
  await peer.tool('hone_status', {});
  server.child.stdin.end();
  const { code } = await server.exited;
  equal(code, 0, 'the exit code');
  return server;
}

function checkLines({ peer }) {
  equal(peer.rest, '', 'text behind the last newline');
  // 1 initialize, 1 list, 61 calls, 61 feedbacks, 1 error, 1 status
  equal(peer.lines.length, 126, 'the number of lines on stdout');
  for (const line of peer.lines) {
    const message = JSON.parse(line);
    equal(message.jsonrpc, '2.0', `jsonrpc in ${line.slice(0, 80)}`);
    check('result' in message !== 'error' in message, `neither result nor error, or both: ${line.slice(0, 80)}`);
  }
}

await test('with_all_debug_lines', async () => {
  const server = await talk(['--log-level', 'debug']);
  checkLines(server);
  matches(server.log, / debug /, 'the log on stderr');
});
await test('with_the_log_as_json', async () => {
  const server = await talk(['--log-level', 'debug', '--log-json']);
  checkLines(server);
  matches(server.log, /"level":"debug"/, 'the log on stderr');
});

// A library that prints whenever a file is locked or brought to the disk, from the start to the end.
const noise = {
  LD_PRELOAD: path.join(buildFolder, 'tests/e2e/e2e-noise.so'),
  ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
};

async function talkOfMuch(peer) {
  await peer.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'purity', version: '1' } });
  const { structuredContent } = await peer.tool('weather', { text: 'fog' });
  await peer.tool('feedback', { call_id: structuredContent.call_id, label: 'rain', wait: 'learned' });
  for (const name of ['test_tool_with_logging', 'test_tool_with_progress', 'test_error_handling', 'test_image_content', 'test_trigger_tool_change']) {
    await peer.ask('tools/call', { name, arguments: {}, _meta: { progressToken: name } });
  }
  peer.sendLine('not a message');
  await peer.request('resources/list', {});
}

function checkMessages(peer, n) {
  equal(peer.rest, '', 'text behind the last newline');
  check(peer.lines.length > n, `${peer.lines.length} lines on stdout`);
  peer.lines.forEach((line) => equal(JSON.parse(line).jsonrpc, '2.0', line.slice(0, 80)));
}

await test('with_the_fixtures_and_a_library_that_prints', async () => {
  const server = launch({ stdio: true, args: ['--conformance', '--log-level', 'debug'], env: noise });
  await server.ready();
  await talkOfMuch(server.peer);
  server.child.stdin.end();
  equal((await server.exited).code, 0, `the exit code\n${server.log}`);
  checkMessages(server.peer, 15);
  matches(server.log, /a library prints this[^]*and this/, 'what the library printed, on stderr');
});
await test('through_a_relay_whose_libraries_print_and_whose_owner_does', async () => {
  Object.assign(process.env, noise);
  const data = newData();
  const relay = new Relay({ data, args: ['--conformance', '--log-level', 'debug'] });
  await talkOfMuch(relay.peer);
  process.kill(holder(data), 'SIGKILL');
  await relay.peer.ask('tools/list', {});
  await talkOfMuch(relay.peer);
  equal((await relay.close()).code, 0, `the exit code\n${relay.log}`);
  checkMessages(relay.peer, 30);
  matches(relay.log, /a library prints this/, 'what the library printed, on stderr');
  matches(fs.readFileSync(path.join(data, 'hone.log'), 'utf8'), /a library prints this/, "the owner's, in its log");
  delete process.env.LD_PRELOAD;
  await run(['stop', '--data', data]);
});

// Nothing at all on stdout when the start fails.
await test('when_the_start_fails', async () => {
  const all = [
    ['serve', '--stdio', '--skills', '/nowhere/at/all', '--data', makeFolder()],
    ['serve', '--stdio', '--skillz', testSkills],
    ['serve', '--stdio', '--standalone', '--skills', testSkills, '--data', makeFolder(), '--http', '8.8.8.8:1'],
    ['serve', '--stdio', '--skills', testSkills, '--data', makeFolder(), '--log-level', 'loud'],
  ];
  for (const args of all) {
    const { stdout, stderr, status } = spawnSync(binary, args, { input: '', encoding: 'utf8', timeout: 30000 });
    check(status !== 0 && status !== null, `${args.join(' ')} ended with ${status}`);
    equal(stdout, '', `stdout of ${args.join(' ')}`);
    check(stderr.length > 0, `nothing was said by ${args.join(' ')}`);
  }
});
await test('when_the_data_folder_is_in_use', async () => {
  const server = launch({ stdio: true });
  await server.ready();
  const { stdout, stderr, status } = spawnSync(binary,
    ['serve', '--stdio', '--standalone', '--skills', testSkills, '--data', server.data], { input: '', encoding: 'utf8', timeout: 30000 });
  check(status !== 0 && status !== null, `the second server ended with ${status}`);
  equal(stdout, '', 'stdout of the second server');
  matches(stderr, new RegExp(`in use by process ${server.pid}`), 'what was said');
  server.child.stdin.end();
  equal((await server.exited).code, 0, 'the exit code of the first');
});
finish();
