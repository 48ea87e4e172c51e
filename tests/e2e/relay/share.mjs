// Several clients, one learner: relays on one data folder share its owner and what it learns.
import fs from 'node:fs';
import path from 'node:path';
import { check, equal, finish, matches, test } from '../lib/checks.mjs';
import { connect, withTimeout } from '../lib/peer.mjs';
import { Relay, holder, newData, owners, processEnd, run } from '../lib/relay.mjs';
import { binary, launch, makeFolder, testSkills } from '../lib/server.mjs';

const N_RELAYS = 10;
const AGAIN_MS = 30000;

const stop = (data) => run(['stop', '--data', data]);

await test('ten_started_at_once_share_one_owner', async () => {
  const data = newData();
  const relays = Array.from({ length: N_RELAYS }, () => new Relay({ data }));
  const answers = await Promise.all(relays.map((relay) => relay.tool('weather', { text: 'fog over the hills' })));
  answers.forEach(({ structuredContent }, i) => check(structuredContent.call_id !== undefined, `answer ${i}`));
  equal(owners(data), [holder(data)], 'the owners');
  for (const { structuredContent } of answers.slice(0, 8)) {
    await relays[0].tool('feedback', { call_id: structuredContent.call_id, label: 'snow', wait: 'learned' });
  }
  for (const relay of relays) {
    const { structuredContent } = await relay.tool('weather', { text: 'fog over the hills' });
    equal([structuredContent.label, structuredContent.learned_through], ['snow', 8], 'what one taught');
  }
  for (const relay of relays) {
    const { code } = await relay.close();
    equal(code, 0, `the exit code\n${relay.log}`);
  }
  equal((await stop(data)).code, 0, 'the exit code of hone stop');
  equal(owners(data), [], 'owners after the stop');
});

await test('the_owner_outlives_the_relay_that_started_it', async () => {
  const data = newData();
  const first = new Relay({ data });
  await first.tool('weather', { text: 'fog' });
  const owner = holder(data);
  const second = new Relay({ data });
  await second.tool('weather', { text: 'fog' });
  const [, ppid, group, session] = /^\d+ \(.*\) \S (\d+) (\d+) (\d+)/.exec(fs.readFileSync(`/proc/${owner}/stat`, 'utf8'));
  check(Number(ppid) !== first.child.pid, 'the owner is the child of a relay');
  const own = /^\d+ \(.*\) \S \d+ (\d+) (\d+)/.exec(fs.readFileSync('/proc/self/stat', 'utf8'));
  check(group !== own[1] && session !== own[2], 'the owner is in the session of its client');
  await first.end((child) => child.kill('SIGKILL'));
  await second.tool('weather', { text: 'fog' });
  equal(holder(data), owner, 'the owner');
  await second.close();
  await stop(data);
});

await test('an_idle_owner_leaves_nothing_behind_but_what_it_learnt', async () => {
  const data = newData();
  const relay = new Relay({ data, idleMs: 200 });
  const { structuredContent } = await relay.tool('weather', { text: 'fog' });
  await relay.tool('feedback', { call_id: structuredContent.call_id, label: 'snow' });
  const owner = holder(data);
  await relay.close();
  await processEnd(owner);
  const left = fs.readdirSync(data);
  check(!left.includes('mcp.sock') && !left.includes('hone.sock'), `sockets stayed: ${left}`);
  equal(owners(data), [], 'owners');
  const late = new Relay({ data, idleMs: 200 });
  const { structuredContent: status } = await late.tool('hone_status', { skill: 'weather' });
  equal(status.skills[0].feedback, 1, 'feedback after the restart');
  await late.close();
});

// A relay that comes while the owner leaves is served by it or by the next one, again and again.
await test('a_relay_that_comes_while_the_owner_leaves_is_served', async () => {
  const data = newData();
  let nOwners = 0;
  let last;
  for (let i = 0; i < 25; i += 1) {
    const relay = new Relay({ data, idleMs: 1 + (i % 5) });
    await relay.tool('weather', { text: 'fog' });
    nOwners += holder(data) === last ? 0 : 1;
    last = holder(data);
    equal((await relay.close()).code, 0, `round ${i}\n${relay.log}`);
  }
  console.log(`        25 relays, ${nOwners} owners`);
  check(nOwners > 1, 'no owner has left');
});

await test('other_skills_in_the_same_data_folder_are_refused', async () => {
  const data = newData();
  const first = new Relay({ data });
  await first.tool('weather', { text: 'fog' });
  const skills = makeFolder();
  fs.cpSync(path.join(testSkills, 'weather'), path.join(skills, 'weather'), { recursive: true });
  const other = new Relay({ data, skills: [skills] });
  const init = await other.peer.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } });
  matches(init.error?.message, new RegExp(`serves other skills from it: ${testSkills}.*--data`), 'the refusal');
  equal(init.error.data, { retriable: false }, 'its data');
  other.peer.sendLine('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  matches((await other.peer.ask('tools/list', {})).error?.message, /serves other skills/, 'the second refusal');
  equal(other.peer.lines.length, 2, 'lines');
  const { code } = await other.close();
  check(code > 0, `the exit code is ${code}`);
  equal(other.log.trim().split('\n').length, 1, `lines on stderr\n${other.log}`);
  await first.tool('weather', { text: 'fog' });
  await first.close();
  const without = new Relay({ data, skills: [] });
  await without.tool('weather', { text: 'fog' });
  await without.close();
  await stop(data);
});

await test('a_server_in_the_foreground_serves_relays_and_stays', async () => {
  const server = launch({ args: ['--idle-timeout-ms', '1'] });
  await server.ready();
  const relay = new Relay({ data: server.data });
  await relay.tool('weather', { text: 'fog' });
  equal([holder(server.data), owners(server.data)], [server.pid, []], 'the owner');
  await relay.close();
  await (await server.connect()).request('ping', {});
  await server.stopWell();
});

await test('a_standalone_process_serves_relays_until_its_client_goes', async () => {
  const data = newData();
  const alone = new Relay({ data, args: ['--standalone'] });
  await alone.tool('weather', { text: 'fog' });
  const relay = new Relay({ data });
  await relay.tool('weather', { text: 'fog' });
  equal([holder(data), owners(data)], [alone.child.pid, []], 'the owner');
  equal((await alone.close()).code, 0, `the exit code\n${alone.log}`);
  await relay.tool('weather', { text: 'fog' });
  equal(owners(data), [holder(data)], 'the owner after it');
  await relay.close();
  await stop(data);
});

await test('the_socket_of_relays_gives_no_rights_of_control', async () => {
  const data = newData();
  const relay = new Relay({ data });
  await relay.tool('weather', { text: 'fog' });
  const socket = path.join(data, 'mcp.sock');
  equal(fs.statSync(socket).mode & 0o777, 0o600, 'its mode');
  const peer = await connect(socket);
  const hello = await peer.request('hone/hello', { build: '0.0.0+1', skills: [], pid: 1 });
  equal([hello.status, hello.pid], ['accepted', holder(data)], 'the answer to the greeting');
  for (const method of ['hone/status', 'hone/stop', 'hone/versions', 'hone/rollback', 'hone/hello', 'hone/leave']) {
    equal((await peer.ask(method, { skill: 'weather' })).error?.code, -32601, method);
    equal((await relay.peer.ask(method, { skill: 'weather' })).error?.code, -32601, `${method} through a relay`);
  }
  peer.close();
  const rude = await connect(socket);
  await rude.ask('ping', {}).then(() => check(false, 'a ping before the greeting was answered'), () => {});
  await relay.tool('weather', { text: 'fog' });
  await relay.close();
  await stop(data);
});

// ---- builds ----

function build(seconds) {
  const program = path.join(makeFolder(), 'hone');
  fs.copyFileSync(binary, program);
  fs.utimesSync(program, seconds, seconds);
  return program;
}

await test('a_newer_build_replaces_an_older_owner', async () => {
  const data = newData();
  const [older, newer] = [build(1000000000), build(1000000001)];
  const ofOlder = new Relay({ data, program: older });
  const { structuredContent } = await ofOlder.tool('weather', { text: 'fog' });
  await ofOlder.tool('feedback', { call_id: structuredContent.call_id, label: 'snow' });
  const before = holder(data);
  const ofNewer = [0, 1, 2].map(() => new Relay({ data, program: newer }));
  for (const relay of ofNewer) {
    const { structuredContent: status } = await relay.tool('hone_status', { skill: 'weather' });
    equal(status.skills[0].feedback, 1, 'feedback that the older owner stored');
  }
  const after = holder(data);
  check(after !== before, 'the owner is the same');
  equal(fs.readlinkSync(`/proc/${after}/exe`), newer, 'the program of the new owner');
  await ofOlder.tool('weather', { text: 'fog' });
  const late = new Relay({ data, program: older });
  await late.tool('weather', { text: 'fog' });
  equal([holder(data), owners(data)], [after, [after]], 'the owner with relays of the older build');
  for (const relay of [ofOlder, late, ...ofNewer]) {
    equal((await relay.close()).code, 0, `the exit code\n${relay.log}`);
  }
  await stop(data);
});

await test('a_client_that_starts_after_an_edit_gets_the_skills_as_they_are', async () => {
  const data = newData();
  const skills = path.join(makeFolder(), 'skills');
  fs.cpSync(testSkills, skills, { recursive: true });
  const early = new Relay({ data, skills: [skills] });
  await early.tool('weather', { text: 'fog' });
  const before = holder(data);
  const file = path.join(skills, 'weather', 'SKILL.md');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/^description: .*$/m, 'description: Edited.'));
  const late = new Relay({ data, skills: [skills] });
  const { tools } = await late.peer.request('tools/list', {});
  matches(tools.find(({ name }) => name === 'weather').description, /Edited/, 'the description');
  await early.tool('weather', { text: 'fog' });
  check(holder(data) !== before, 'the owner is the same');
  equal(owners(data), [holder(data)], 'owners');
  await early.close();
  await late.close();
  await stop(data);
});

await test('a_transport_that_the_owner_does_not_serve_is_not_promised', async () => {
  const data = newData();
  const first = new Relay({ data });
  await first.tool('weather', { text: 'fog' });
  const other = new Relay({ data, args: ['--http', '127.0.0.1:0'] });
  matches((await other.peer.ask('tools/list', {})).error?.message, /does not serve HTTP at 127.0.0.1:0/, 'the refusal');
  await other.close();
  await first.close();
  await stop(data);
});

// ---- failures ----

await test('why_no_owner_starts_is_told_and_a_repair_helps', async () => {
  const data = newData();
  const skills = path.join(makeFolder(), 'skills');
  fs.mkdirSync(path.join(skills, 'weather'), { recursive: true });
  const relay = new Relay({ data, skills: [skills] });
  const refusal = await relay.peer.ask('tools/list', {});
  matches(refusal.error?.message, /did not start: .*skill/, 'the refusal');
  fs.cpSync(path.join(testSkills, 'weather'), path.join(skills, 'weather'), { recursive: true });
  const serves = async () => {
    for (;;) {
      const { error, result } = await relay.peer.ask('tools/list', {});
      if (error === undefined) {
        return result;
      }
    }
  };
  const { tools } = await withTimeout(serves(), AGAIN_MS, 'the service after the repair');
  check(tools.some(({ name }) => name === 'weather'), 'the tool is missing');
  equal((await relay.close()).code, 0, 'the exit code');
  await stop(data);
});

await test('an_owner_whose_socket_was_removed_is_named', async () => {
  const data = newData();
  const first = new Relay({ data });
  await first.tool('weather', { text: 'fog' });
  fs.unlinkSync(path.join(data, 'mcp.sock'));
  const late = new Relay({ data });
  matches((await late.peer.ask('tools/list', {})).error?.message, /nobody listens at .*mcp\.sock; fix: stop the owner: hone stop/, 'the refusal');
  await stop(data);
  const again = new Relay({ data });
  await again.tool('weather', { text: 'fog' });
  await Promise.all([first, late, again].map((relay) => relay.close()));
  await stop(data);
});

await test('hone_stop_says_when_there_is_nothing_to_stop', async () => {
  const { code, text } = await run(['stop', '--data', newData()]);
  equal(code, 4, 'the exit code');
  matches(text, /no server listens/, 'what it said');
});
finish();
