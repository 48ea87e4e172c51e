// hone backup and hone restore as processes: beside a server that learns, without one, and killed at
// any moment.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { check, equal, finish, matches, test } from './lib/checks.mjs';
import { withTimeout } from './lib/peer.mjs';
import { binary, makeFolder, start, testSkills } from './lib/server.mjs';

const COMMAND_MS = 60000;
const N_ROUNDS = 12;
const N_TAUGHT = 18; // min_pairs of weather is 20: no verdict, which may come at any position

// "hone WORDS"; ended is {code, out, talk, json}.
function begin(data, ...words) {
  const child = spawn(binary, [...words, '--data', data, '--skills', testSkills]);
  let out = '';
  let talk = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { talk += text; });
  const ended = withTimeout(new Promise((resolve) => child.on('close', resolve)), COMMAND_MS, `hone ${words.join(' ')}`)
    .finally(() => child.kill('SIGKILL'))
    .then((code) => ({ code, out, talk, json: words.includes('--json') && out !== '' ? JSON.parse(out) : undefined }));
  return { child, ended };
}

const hone = (data, ...words) => begin(data, ...words).ended;

async function well(data, ...words) {
  const result = await hone(data, ...words);
  equal(result.code, 0, `hone ${words.join(' ')}\n${result.talk}`);
  return result;
}

const texts = ['mild haze', 'icy wind', 'heavy drops'];
const labels = ['sun', 'snow', 'rain'];

async function call(peer, n) {
  const ids = [];
  for (let i = 0; i < n; i += 1) {
    const { structuredContent } = await peer.tool('weather', { text: `${texts[i % 3]}, report ${i}` });
    ids.push(structuredContent.call_id);
  }
  return ids;
}

async function teach(peer, ids, onEach = () => {}) {
  for (const [i, id] of ids.entries()) {
    await peer.tool('feedback', { call_id: id, label: labels[i % 3], source: 'backup', idempotency_key: `k${i}`, wait: 'learned' });
    await onEach(i);
  }
}

async function digest(peer) {
  const state = await peer.request('hone/state', { skill: 'weather' });
  if (state.temporary) {
    fs.unlinkSync(state.path);
  }
  return state.digest;
}

await test('a_backup_made_while_the_server_learns_learns_the_rest_to_the_same_bytes', async () => {
  const folder = makeFolder();
  const server = await start({ data: path.join(folder, 'data') });
  const peer = await server.connect();
  const ids = await call(peer, N_TAUGHT);
  const backups = [];
  await teach(peer, ids, (i) => {
    if (i % 5 === 2) {
      backups.push({ at: i, made: hone(server.data, 'backup', path.join(folder, `backup${i}`), '--json') });
    }
  });
  const wanted = await digest(peer);
  peer.close();
  const results = await Promise.all(backups.map(({ made }) => made));
  const made = backups.filter((_, i) => results[i].code === 0);
  check(made.length > 0, `no backup was made\n${results.map(({ talk }) => talk).join('')}`);
  await server.stopWell();
  for (const { at } of made) {
    const data = path.join(folder, `restored${at}`);
    await well(data, 'restore', path.join(folder, `backup${at}`));
    const again = await start({ data });
    const other = await again.connect();
    const { skills } = await other.request('hone/status', { skill: 'weather' });
    check(skills[0].feedback >= at, `${skills[0].feedback} feedbacks in the backup made after ${at}`);
    equal(skills[0].calls, N_TAUGHT, 'calls in the backup');
    await teach(other, ids); // those that it has are duplicates
    equal(await digest(other), wanted, 'what was learnt');
    other.close();
    await again.stopWell();
  }
});

await test('a_backup_without_a_server_is_like_one_with_it', async () => {
  const folder = makeFolder();
  const server = await start({ data: path.join(folder, 'data') });
  const peer = await server.connect();
  await teach(peer, await call(peer, 10));
  const wanted = await digest(peer);
  peer.close();
  await server.kill();
  const { json } = await well(server.data, 'backup', path.join(folder, 'backup'), '--json');
  equal(json.folder, path.join(folder, 'backup'), 'the folder');
  matches((await well(path.join(folder, 'restored'), 'restore', path.join(folder, 'backup'))).out, /weather: version \d+, \d+ events, 10 calls\n.*all whole\n$/s, 'what people read');
  const again = await start({ data: path.join(folder, 'restored') });
  const other = await again.connect();
  await other.tool('weather', { text: 'haze' });
  equal(await digest(other), wanted, 'what was learnt');
  other.close();
  await again.stopWell();
  const verified = await well(path.join(folder, 'restored'), 'verify', '--json');
  check(verified.json.whole, 'the restored folder is not whole');
});

await test('damaged_used_and_full_folders_are_refused_with_the_reason', async () => {
  const folder = makeFolder();
  const backup = path.join(folder, 'backup');
  const server = await start({ data: path.join(folder, 'data') });
  const peer = await server.connect();
  await teach(peer, await call(peer, 3));
  peer.close();
  await well(server.data, 'backup', backup);
  const used = await hone(server.data, 'restore', backup);
  matches(used.talk, new RegExp(`in use by process ${server.pid}`), 'a folder in use');
  const twice = await hone(server.data, 'backup', backup);
  matches(twice.talk, /is not empty\n  hint: /, 'a backup into a backup');
  await server.stopWell();
  const full = await hone(server.data, 'restore', backup, '--force');
  matches(full.talk, /is not empty: calls or feedback are recorded/, 'a folder with records');
  const file = path.join(backup, 'hone.db');
  const bytes = fs.readFileSync(file);
  bytes[bytes.length - 100] ^= 1;
  fs.writeFileSync(file, bytes);
  const damaged = await hone(path.join(folder, 'new'), 'restore', backup);
  equal(damaged.code !== 0 && /hone\.db of the backup is damaged/.test(damaged.talk), true, `a damaged backup\n${damaged.talk}`);
  check(!fs.existsSync(path.join(folder, 'new')), 'the damaged backup appeared');
});

// A moment within the time that the whole took, later from round to round.
const moment = (round, wholeMs) => new Promise((resolve) => { setTimeout(resolve, (wholeMs * round) / N_ROUNDS); });

await test('a_server_killed_during_a_backup_leaves_a_whole_one_or_none', async () => {
  const folder = makeFolder();
  const backup = path.join(folder, 'backup');
  const data = path.join(folder, 'data');
  let server = await start({ data });
  const peer = await server.connect();
  await teach(peer, await call(peer, 10));
  peer.close();
  const began = Date.now();
  await well(data, 'backup', path.join(folder, 'first'));
  const wholeMs = Date.now() - began;
  let nWhole = 0;
  for (let round = 0; round < N_ROUNDS; round += 1) {
    const { ended } = begin(data, 'backup', backup);
    await moment(round, wholeMs);
    await server.kill();
    await ended;
    if (fs.existsSync(backup)) {
      nWhole += 1;
      const restored = path.join(folder, `restored${round}`);
      await well(restored, 'restore', backup);
      fs.rmSync(backup, { recursive: true });
    }
    server = await start({ data });
  }
  await well(data, 'backup', backup);
  check(!fs.existsSync(`${backup}.partial`), 'what the dead have left stays');
  console.log(`        ${nWhole} of ${N_ROUNDS} were whole, the others left nothing`);
  await server.stopWell();
});

await test('a_restore_that_is_killed_leaves_a_whole_folder_or_none', async () => {
  const folder = makeFolder();
  const backup = path.join(folder, 'backup');
  const server = await start({ data: path.join(folder, 'data') });
  const peer = await server.connect();
  await teach(peer, await call(peer, 10));
  peer.close();
  await well(server.data, 'backup', backup);
  await server.stopWell();
  const began = Date.now();
  await well(path.join(folder, 'first'), 'restore', backup);
  const wholeMs = Date.now() - began;
  const data = path.join(folder, 'restored');
  for (let round = 0; round < N_ROUNDS; round += 1) {
    const { child, ended } = begin(data, 'restore', backup);
    await moment(round, wholeMs);
    child.kill('SIGKILL');
    await ended;
    if (fs.existsSync(data)) {
      const { json } = await well(data, 'verify', '--json');
      equal([json.whole, json.calls.records], [true, 10], 'what appeared');
      fs.rmSync(data, { recursive: true });
    }
  }
  await well(data, 'restore', backup);
  check(!fs.existsSync(`${data}.partial`), 'what the dead have left stays');
});

await finish();
