// Processes that serve one client over stdio end when it goes, however it goes and whatever is in
// flight, with what was acknowledged saved. The same for relays and for --standalone. How soon they
// end is measured by bench/run exit: here, what would be waited for takes ten minutes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { check, equal, finish, test } from '../lib/checks.mjs';
import { Peer, withTimeout } from '../lib/peer.mjs';
import { Relay, lasting, newData, run, words } from '../lib/relay.mjs';
import { binary } from '../lib/server.mjs';

const WAIT_MS = 60000;
const HANG_MS = 600000; // of calls that nobody expects an answer of
const patient = ['--stop-timeout-ms', String(HANG_MS)];
const N_IN_FLIGHT = 30;

const modern = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

const kinds = [['a_relay', []], ['a_standalone_process', ['--standalone']]];
const ends = [
  ['on_the_end_of_stdin', (child) => child.stdin.end()],
  ...['SIGTERM', 'SIGINT', 'SIGHUP'].map((signal) => [`on_${signal}`, (child) => child.kill(signal)]),
];

async function checkSaved(data, n) {
  await run(['stop', '--data', data]);
  const { text } = await run(['status', '--json', '--data', data, '--skills', words({ data })[7]]);
  equal(JSON.parse(text).skills.find(({ name }) => name === 'weather').feedback, n, 'feedback that is stored');
}

// The shell holds our pipes too, so only its death tells.
function startByShell(data, args) {
  const shell = spawn('sh', ['-c', '"$0" "$@" <&3 & wait', binary, ...words({ data, args })],
    { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], cwd: os.tmpdir() });
  shell.stderr.resume();
  return { shell, peer: new Peer(shell.stdout, shell.stdio[3]) };
}

async function endsWithTheShell(shell) {
  const closed = once(shell.stdout, 'close');
  shell.kill('SIGKILL');
  await withTimeout(closed, WAIT_MS, 'the end');
}

// Something is stored; then a call hangs, another asks its client, and a listen request is open.
async function beBusy(peer) {
  await peer.request('initialize', { protocolVersion: '2025-11-25', capabilities: { elicitation: {} }, clientInfo: { name: 'busy', version: '1' } });
  const { structuredContent } = await peer.tool('weather', { text: 'fog' });
  await peer.tool('feedback', { call_id: structuredContent.call_id, label: 'snow' });
  const never = [
    peer.ask('tools/call', { name: 'slow_compute', arguments: { seconds: 600, label: 'x' } }, HANG_MS),
    peer.ask('tools/call', { name: 'test_elicitation', arguments: { message: 'Are you there?' } }, HANG_MS),
    peer.ask('subscriptions/listen', { _meta: modern, notifications: { toolsListChanged: true } }, HANG_MS),
  ];
  never.forEach((answer) => answer.catch(() => {}));
  equal((await peer.next()).method, 'elicitation/create', 'the question to the client');
  equal((await peer.next()).method, 'notifications/subscriptions/acknowledged', 'the listen request');
}

async function endsThoughBusy(args, how) {
  const data = newData();
  const client = new Relay({ data, args: [...args, ...patient, '--conformance'] });
  await beBusy(client.peer);
  const { code, signal } = await client.end(how);
  equal([code, signal], [0, null], `exit\n${client.log}`);
  await checkSaved(data, 1);
}

for (const [kind, args] of kinds) {
  for (const [when, how] of ends) {
    await test(`${kind}_ends_${when}`, async () => {
      const data = newData();
      const client = new Relay({ data, args });
      const { structuredContent } = await client.tool('weather', { text: 'fog' });
      await client.tool('feedback', { call_id: structuredContent.call_id, label: 'snow' });
      const { code, signal } = await client.end(how);
      equal([code, signal], [0, null], `exit\n${client.log}`);
      await checkSaved(data, 1);
    });
  }
  for (const [when, how] of ends) {
    await test(`${kind}_ends_${when}_with_a_call_that_hangs_and_a_listener`, () => endsThoughBusy(args, how));
  }
  await test(`${kind}_ends_with_the_process_that_started_it_with_a_call_that_hangs`, async () => {
    const data = newData();
    const { shell, peer } = startByShell(data, [...args, ...patient, '--conformance']);
    await beBusy(peer);
    await endsWithTheShell(shell);
    await checkSaved(data, 1);
  });
  await test(`${kind}_answers_what_is_in_flight_at_the_end_of_stdin`, async () => {
    const data = newData();
    const client = new Relay({ data, args: [...args, ...lasting] });
    await client.tool('weather', { text: 'fog' });
    const asked = Array.from({ length: N_IN_FLIGHT }, (_, i) => client.tool('weather', { text: `fog number ${i}` }));
    const { code } = await client.close();
    equal(code, 0, 'the exit code');
    await Promise.all(asked);
    await run(['stop', '--data', data]);
  });
  await test(`${kind}_ends_with_the_process_that_started_it`, async () => {
    const data = newData();
    const { shell, peer } = startByShell(data, args);
    const { structuredContent } = await peer.tool('weather', { text: 'fog' });
    await peer.tool('feedback', { call_id: structuredContent.call_id, label: 'snow' });
    await endsWithTheShell(shell);
    await checkSaved(data, 1);
  });
}

await test('a_relay_answers_requests_that_came_before_the_owner_was_there', async () => {
  const data = newData();
  const relay = new Relay({ data, args: lasting });
  const asked = relay.tool('weather', { text: 'fog' });
  const { code } = await relay.close();
  check((await asked).structuredContent.label !== undefined, 'no answer');
  equal(code, 0, 'the exit code');
  await run(['stop', '--data', data]);
});

await test('a_relay_whose_client_reads_nothing_more_ends_on_a_signal', async () => {
  const data = newData();
  const relay = new Relay({ data });
  await relay.tool('weather', { text: 'fog' });
  relay.child.stdout.pause();
  for (let i = 0; i < 2000; i += 1) {
    relay.peer.sendLine('{"jsonrpc":"2.0","id":"x","method":"tools/list"}');
  }
  relay.child.kill('SIGTERM');
  await withTimeout(once(relay.child, 'exit'), WAIT_MS, 'the end');
  relay.child.stdout.destroy();
  await run(['stop', '--data', data]);
});
finish();
