// hone verify, log, explain and diff as processes: beside a server, without one, on damaged folders.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { check, equal, finish, matches, test } from './lib/checks.mjs';
import { withTimeout } from './lib/peer.mjs';
import { binary, makeFolder, start, testSkills } from './lib/server.mjs';

const COMMAND_MS = 60000;

// Runs "hone WORDS"; with --json among them the answer is parsed.
function hone(data, ...words) {
  return run(...words, '--data', data, '--skills', testSkills);
}

async function run(...words) {
  const child = spawn(binary, words);
  let out = '';
  let talk = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { talk += text; });
  const code = await withTimeout(new Promise((resolve) => child.on('close', resolve)), COMMAND_MS, `hone ${words.join(' ')}`)
    .finally(() => child.kill('SIGKILL'));
  return { code, out, talk, json: words.includes('--json') && out !== '' ? JSON.parse(out) : undefined };
}

async function teach(peer, n) {
  const ids = [];
  for (let i = 0; i < n; i += 1) {
    const { structuredContent: given } = await peer.tool('weather', { text: `heavy drops, report ${i}` });
    await peer.tool('feedback', { call_id: given.call_id, label: 'rain', source: 'audit', wait: 'learned' });
    ids.push(given.call_id);
  }
  return ids;
}

// A data folder with 30 taught calls, whose server has ended.
async function makeData() {
  const server = await start({ data: path.join(makeFolder(), 'data') });
  const peer = await server.connect();
  await teach(peer, 30);
  peer.close();
  await server.stopWell();
  return server.data;
}

const tensorsOf = (data) => fs.readdirSync(path.join(data, 'blobs'), { recursive: true })
  .filter((name) => name.endsWith('.safetensors')).map((name) => path.join(data, 'blobs', name));

await test('verify_says_whole_beside_a_server_and_without_one', async () => {
  const server = await start({ data: path.join(makeFolder(), 'data') });
  const peer = await server.connect();
  await teach(peer, 30);
  const beside = await hone(server.data, 'verify', 'weather', '--json');
  peer.close();
  await server.stopWell();
  const alone = await hone(server.data, 'verify', '--json');
  equal([beside.code, beside.json.whole, alone.code, alone.json.whole], [0, true, 0, true], `verify\n${beside.talk}${alone.talk}`);
  equal(alone.json.calls.records, 30, 'recorded calls');
  matches((await hone(server.data, 'verify')).out, /weather: \d+ audit rows, .*\nwhole\n$/s, 'what people read');
});

await test('verify_names_a_tensors_file_that_was_cut', async () => {
  const data = await makeData();
  for (const file of tensorsOf(data)) {
    fs.chmodSync(file, 0o644);
    fs.truncateSync(file, 100);
  }
  const { code, json } = await hone(data, 'verify', '--json');
  equal([code, json.whole], [1, false], 'verify of a damaged folder');
  check(json.problems.some(({ skill, part, message }) => skill === 'weather' && part === 'tensors' && message.includes('100 bytes')),
    `the file is not named: ${JSON.stringify(json.problems)}`);
  matches((await hone(data, 'verify', 'weather')).out, /broken: weather: tensors 1: .*100 bytes/, 'what people read');
});

await test('verify_names_what_was_overwritten_in_the_database', async () => {
  const data = await makeData();
  const file = path.join(data, 'hone.db');
  const bytes = fs.readFileSync(file);
  const at = bytes.indexOf('first sight of the package');
  check(at > 0, 'no reason in the database');
  bytes.write('First', at);
  fs.writeFileSync(file, bytes);
  const { code, json } = await hone(data, 'verify', '--json');
  const found = json.problems.find(({ part }) => part === 'audit');
  equal([code, found?.row], [1, 1], `verify of an edited row: ${JSON.stringify(json.problems)}`);
});

await test('verify_of_what_is_not_there_is_exit_7', async () => {
  const empty = makeFolder();
  equal((await hone(empty, 'verify')).code, 7, 'a folder without a database');
  check(!fs.existsSync(path.join(empty, 'hone.db')), 'a database was made');
  equal((await hone(await makeData(), 'verify', 'nobody')).code, 7, 'a skill that is not there');
});

await test('log_tells_what_happened_and_what_was_live', async () => {
  const data = await makeData();
  equal((await hone(data, 'rollback', 'weather', '--to', '1', '--reason', 'a test', '--yes')).code, 0, 'rollback');
  const { code, json } = await hone(data, 'log', 'weather', '--json');
  const [newest] = json.entries;
  equal([code, newest.action, newest.actor, newest.reason, newest.live], [0, 'rollback', 'cli', 'a test', 1], 'the newest entry');
  matches((await hone(data, 'log', '--limit', '1')).out, /Z {2}weather +rollback +1 +1 +- +cli: a test\n$/, 'what people read');
  matches((await hone(data, 'log', '--at', '1w ago')).out, /^at .*\n(.*: not there yet\n)+$/, 'a week ago');
  matches((await hone(data, 'log', 'weather', '--at', newest.time)).out, /weather: version 1, since .*, rollback by cli: a test\n/, 'now');
  equal((await hone(data, 'log', '--at', 'soon')).code, 5, 'what is no time');
});

await test('explain_answers_why_of_a_call_and_of_a_version', async () => {
  const server = await start({ data: path.join(makeFolder(), 'data') });
  const peer = await server.connect();
  const ids = await teach(peer, 30);
  const beside = await hone(server.data, 'explain', ids[0], '--json');
  peer.close();
  await server.stopWell();
  equal([beside.code, beside.json.call.version, beside.json.feedback[0].became, beside.json.feedback[0].why],
    [0, 1, 'learnt', 'part of version 2'], `a call\n${beside.talk}`);
  const alone = await hone(server.data, 'explain', ids[29]);
  matches(alone.out, /^call +\S+\n.*\nby +version 2 of weather\n.*\nfeedback +position \d+, label rain from audit: learnt: on top of version 2/s, 'another');
  const version = await hone(server.data, 'explain', 'weather@2');
  matches(version.out, /^version +2 of weather, parent 1\n.*\nlearnt +log positions 1 to \d+ beyond its parent: \d+ label from audit\n/s, 'a version');
  equal((await hone(server.data, 'explain', 'weather@9')).code, 7, 'a version that is not there');
  equal((await hone(server.data, 'explain', 'weather@x')).code, 2, 'no version');
});

await test('diff_shows_what_changed_between_two_versions', async () => {
  const server = await start({ data: path.join(makeFolder(), 'data') });
  const peer = await server.connect();
  const { structuredContent: odd } = await peer.tool('weather', { text: 'quokka bandana' });
  await peer.tool('feedback', { call_id: odd.call_id, label: 'rain', source: 'audit', wait: 'learned' });
  await teach(peer, 30);
  const beside = await hone(server.data, 'diff', 'weather', '1', '2', '--json');
  peer.close();
  await server.stopWell();
  equal([beside.code, beside.json.calls, beside.json.labelled, beside.json.right_b], [0, 31, 31, 31], `diff\n${beside.talk}`);
  equal(beside.json.classes[0].label, 'rain', 'the class with most examples');
  const alone = await hone(server.data, 'diff', 'weather', '1', '2', '--limit', '1');
  matches(alone.out, /^A {2}version 1, .*\nB {2}version 2, .*\n\n31 recorded inputs answered by both: .*; right in A .*, in B 31 of 31 \(100\.0 %\)\n\nrain: \d+ examples between; .*\n {4} *[+-]\S+ -> +[+-]\S+ {2}\S/, 'what people read');
  equal((await hone(server.data, 'diff', 'weather', '1', '9')).code, 7, 'a version that is not there');
  equal((await hone(server.data, 'diff', 'weather', '1')).code, 2, 'one version');
});

await test('diff_refuses_a_version_without_tensors', async () => {
  const server = await start({ data: path.join(makeFolder(), 'data') });
  const peer = await server.connect();
  await teach(peer, 50);
  const { versions } = await peer.request('hone/versions', { skill: 'weather' });
  peer.close();
  await server.stopWell();
  const rejected = versions.find(({ status }) => status === 'rejected');
  check(rejected !== undefined, 'the gate has rejected none');
  const { code, talk } = await hone(server.data, 'diff', 'weather', '1', String(rejected.number));
  equal(code, 7, 'diff');
  matches(talk, /the tensors of version \d are not kept\n {2}hint: `hone versions weather` shows those that are: the newest keep_versions/, 'cause and remedy');
});

await test('diff_answers_what_was_demonstrated', async () => {
  const folder = makeFolder();
  const data = path.join(folder, 'data');
  const rows = path.join(folder, 'rows.jsonl');
  const kinds = [['mild haze', 'sun'], ['icy wind', 'snow'], ['heavy drops', 'rain']];
  fs.writeFileSync(rows, Array.from({ length: 240 }, (_, i) =>
    `${JSON.stringify({ text: `${kinds[i % 3][0]}, report ${i}`, label: kinds[i % 3][1] })}\n`).join(''));
  const trained = await run('train', 'weather', '--data', rows, '--data-folder', data, '--skills', testSkills);
  equal(trained.code, 0, `train\n${trained.talk}`);
  const { code, json } = await hone(data, 'diff', 'weather', '1', '2', '--json');
  equal([code, json.calls, json.labelled, json.right_b], [0, json.through, json.through, json.through], 'answers to demonstrations');
  equal(json.classes.reduce((n, { examples }) => n + examples, 0), json.through, 'examples');
  check(json.classes.every(({ features }) => features.length === 5 && features.every(({ feature }) => feature !== null)), 'unnamed features');
  equal((await hone(data, 'verify', '--json')).json.whole, true, 'verify after training');
});

finish();
