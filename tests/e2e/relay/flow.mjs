// Bytes through a relay: long lines, clients that do not read, odd lines, stdin from a file; and
// nothing but messages on stdout.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { check, equal, finish, matches, test } from '../lib/checks.mjs';
import { memoryKib } from '../lib/memory.mjs';
import { withTimeout } from '../lib/peer.mjs';
import { Relay, holder, lasting, newData, run, words } from '../lib/relay.mjs';
import { binary, makeFolder } from '../lib/server.mjs';

const LONG_BYTES = 10 * 1024 * 1024;
const N_REQUESTS = 20000;
const BLOCK_REQUESTS = 200; // of one write
const STALLED_ROUNDS = 10; // of good calls in which the relay takes nothing more
const GROWTH_MAX_KIB = 64 * 1024;
const READ_MAX_MS = 60000;

await test('a_line_of_10_MiB_passes', async () => {
  const data = newData();
  const relay = new Relay({ data, args: ['--message-bytes-max', String(2 * LONG_BYTES)] });
  const { result, error } = await relay.peer.ask('tools/call', { name: 'weather', arguments: { text: 'fog '.repeat(LONG_BYTES / 4) } });
  check(error === undefined && result.content[0].text.length > 0, `the answer: ${JSON.stringify(error)}`);
  await relay.tool('weather', { text: 'fog' });
  await relay.close();
  await run(['stop', '--data', data]);
});

await test('a_line_beyond_the_limit_and_odd_lines_are_answered', async () => {
  const data = newData();
  const relay = new Relay({ data });
  await relay.tool('weather', { text: 'fog' });
  relay.peer.sendLine('y'.repeat(LONG_BYTES));
  equal((await relay.peer.next()).error?.code, -32600, 'the line that is too long');
  relay.peer.sendLine('not a message');
  equal((await relay.peer.next()).error?.code, -32700, 'what is no message');
  relay.peer.sendLine('[]');
  equal((await relay.peer.next()).error?.code, -32600, 'a batch');
  relay.peer.sendText('\r\n\n');
  relay.peer.sendLine('{"jsonrpc":"2.0","id":"hone-relay-1","method":"ping"}');
  equal((await relay.peer.next()).id, 'hone-relay-1', 'an id like the ones of relays');
  await relay.tool('weather', { text: 'fog' });
  await relay.close();
  await run(['stop', '--data', data]);
});

await test('a_client_that_does_not_read_costs_no_memory_and_gets_everything_in_the_end', async () => {
  const data = newData();
  const good = new Relay({ data });
  await good.tool('weather', { text: 'fog' });
  const flood = new Relay({ data, silent: true, args: lasting });
  await once(flood.child.stderr, 'data'); // it is connected: what comes before waits in a queue
  const { pid } = flood.child;
  const owner = holder(data);
  const before = [memoryKib(pid), memoryKib(owner)];
  let nSent = 0;
  const block = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n'.repeat(BLOCK_REQUESTS);
  const writeNext = () => {
    nSent += BLOCK_REQUESTS;
    if (nSent < N_REQUESTS) {
      flood.child.stdin.write(block, writeNext);
    } else {
      flood.child.stdin.end();
    }
  };
  flood.child.stdin.write(block, writeNext);
  for (let nRounds = 0, last = -1; nRounds < STALLED_ROUNDS; nRounds += 1) {
    await good.tool('weather', { text: 'fog' });
    nRounds = nSent === last ? nRounds : 0;
    last = nSent;
  }
  const grown = [memoryKib(pid) - before[0], memoryKib(owner) - before[1]];
  console.log(`        ${nSent} requests sent, relay ${grown[0]} KiB more, owner ${grown[1]} KiB`);
  check(Math.max(...grown) < GROWTH_MAX_KIB, `grown by ${grown} KiB`);
  let nLines = 0;
  flood.child.stdout.on('data', (part) => {
    for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) {
      nLines += 1;
    }
  });
  const { code } = await withTimeout(flood.exited, READ_MAX_MS, 'the end');
  equal([code, nLines], [0, N_REQUESTS], 'exit code and answers');
  await good.close();
  await run(['stop', '--data', data]);
});

await test('stdin_may_be_a_file', async () => {
  const data = newData();
  const file = path.join(makeFolder(), 'in.jsonl');
  const requests = Array.from({ length: 300 }, (_, id) =>
    ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'weather', arguments: { text: `fog ${id} ${'.'.repeat(1000)}` } } }));
  fs.writeFileSync(file, requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  const input = fs.openSync(file, 'r');
  const { status, stdout, stderr } = spawnSync(binary, words({ data, args: lasting }), { stdio: [input, 'pipe', 'pipe'], encoding: 'utf8', timeout: READ_MAX_MS });
  equal(status, 0, `the exit code\n${stderr}`);
  const answers = stdout.trim().split('\n').map((line) => JSON.parse(line));
  equal(answers.map(({ id }) => id), requests.map(({ id }) => id), 'the ids');
  check(answers.every(({ result }) => result !== undefined), 'an error');
  await run(['stop', '--data', data]);
});

await test('stdout_carries_messages_only', async () => {
  const data = newData();
  const relay = new Relay({ data, args: ['--log-level', 'debug'] });
  await relay.peer.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } });
  relay.peer.sendLine('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  await relay.tool('weather', { text: 'fog' });
  process.kill(holder(data), 'SIGKILL');
  await relay.peer.ask('tools/list', {});
  await relay.tool('weather', { text: 'fog' });
  await relay.close();
  equal([relay.peer.lines.length, relay.peer.rest], [4, ''], 'lines on stdout, and what is behind the last');
  relay.peer.lines.forEach((line) => equal(JSON.parse(line).jsonrpc, '2.0', line.slice(0, 80)));
  matches(relay.log, / debug relay /, 'the log on stderr');
  await run(['stop', '--data', data]);
});
finish();
