// Bad packages, data folders and files: what can be served is served, what cannot says why.
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { check, equal, finish, matches, skip, test } from '../lib/checks.mjs';
import { binary, makeFolder, start, startFailing, testSkills } from '../lib/server.mjs';
import { checkServes } from '../lib/well.mjs';

const isRoot = process.getuid() === 0;
const NOBODY = '65534';
const USER_VERSION_AT = 60; // in the header of an SQLite file: 4 bytes, big-endian

// A folder of skills with the good one "weather" and a package "broken" made of these files.
function skillsWith(files) {
  const folder = path.join(makeFolder(), 'skills');
  fs.cpSync(path.join(testSkills, 'weather'), path.join(folder, 'weather'), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, 'broken', name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
  return folder;
}

const skillMd = '---\nname: broken\ndescription: A package with a mistake in it.\n---\nText.\n';

// The package must be named among the failures with file and line, and the other be served.
function badPackage(name, files, place, message) {
  return test(name, async () => {
    const server = await start({ skills: [skillsWith(files)] });
    await checkServes(server);
    const peer = await server.connect();
    const { failures, skills } = await peer.request('hone/status', {});
    equal(skills.map((skill) => skill.name), ['weather'], 'the skills served');
    equal(failures.length, 1, 'the number of failures');
    matches(failures[0].folder, /broken$/, 'the folder');
    check(failures[0].message.includes(place), `"${failures[0].message}" does not name ${place}`);
    matches(failures[0].message, message, 'the message');
    const { tools } = await peer.request('tools/list', {});
    equal(tools.map((tool) => tool.name), ['weather', 'feedback', 'hone_status'], 'the tools');
    peer.close();
    await server.stopWell();
  });
}

await badPackage('package_with_a_bad_manifest',
  { 'SKILL.md': skillMd, 'skill.yaml': 'format: 1\nkind: classify\nlabels: [a, b]\ngate:\n  min_pears: 5\n' },
  'skill.yaml:5', /min_pears.*min_pairs/);
await badPackage('package_with_an_unknown_kind',
  { 'SKILL.md': skillMd, 'skill.yaml': 'format: 1\nkind: clasify\n' }, 'skill.yaml:2', /clasify/);
await badPackage('package_whose_yaml_does_not_parse',
  { 'SKILL.md': skillMd, 'skill.yaml': 'format: 1\nkind: classify\nlabels: [a\nb: c\n' }, 'skill.yaml:', /./);
await badPackage('package_of_a_newer_format',
  { 'SKILL.md': skillMd, 'skill.yaml': 'format: 2\nkind: classify\n' }, 'skill.yaml:1', /format/);
await badPackage('package_whose_name_is_not_its_folders',
  { 'SKILL.md': skillMd.replace('name: broken', 'name: whole') }, 'SKILL.md:2', /name/);
await test('no_skills_folder_at_all', async () => {
  const { code, log } = await startFailing({ skills: ['/nowhere/at/all'] });
  check(code !== 0, 'exit code 0');
  matches(log, /\/nowhere\/at\/all.*No such file/, 'what was said');
});
await test('folder_without_any_skill', async () => {
  const { code, log } = await startFailing({ skills: [makeFolder()] });
  check(code !== 0, 'exit code 0');
  matches(log, /no skill|holds no/i, 'what was said');
});

// ---- data folders ----

// Two skills, of which only weather has tensors: in the database their digest stands alone.
const twoSkills = makeFolder();
for (const name of ['guide', 'weather']) {
  fs.cpSync(path.join(testSkills, name), path.join(twoSkills, name), { recursive: true });
}

// A data folder in which weather has learnt something; the server that made it is gone.
async function usedData() {
  const server = await start({ skills: [twoSkills] });
  const peer = await server.connect();
  for (let i = 0; i < 5; i += 1) {
    const { structuredContent } = await peer.tool('weather', { text: `fog number ${i}` });
    await peer.tool('feedback', { call_id: structuredContent.call_id, label: 'rain', wait: 'learned' });
  }
  peer.close();
  await server.stopWell();
  return server.data;
}

async function refusesData(data, message, options = {}) {
  const { code, signal, log } = await startFailing({ data, ...options });
  check(code !== 0 && signal === null, `the server ended with ${code ?? signal}`);
  matches(log, message, 'what was said');
}

await test('data_folder_in_use_names_the_process', async () => {
  const server = await start();
  await refusesData(server.data, new RegExp(`in use by process ${server.pid}`));
  await checkServes(server);
  await server.stopWell();
});
await test('data_folder_that_is_a_file', async () => {
  const file = path.join(makeFolder(), 'data');
  fs.writeFileSync(file, 'hello');
  await refusesData(file, new RegExp(`${file}`));
  equal(fs.readFileSync(file, 'utf8'), 'hello', 'the file');
});
await test('data_folder_with_a_path_too_long_for_its_socket', async () =>
  refusesData(path.join(makeFolder(), 'x'.repeat(100)), /socket is too long[^]*shorter path/));
await test('data_folder_whose_path_is_no_text', () => {
  const folder = makeFolder();
  for (const words of [['serve', '--http', '127.0.0.1:0'], ['status'], ['call', 'weather', 'fog'], ['doctor']]) {
    const { status, stderr, stdout } = spawnSync('sh',
      ['-c', 'exec "$@" --data "$(printf "%s/\\377" "$0")"', folder, binary, ...words, '--skills', testSkills],
      { encoding: 'utf8', timeout: 10000 });
    check(status !== 0 && status !== null && status < 128, `${words[0]} ended with ${status}`);
    matches(stdout + stderr, /not UTF-8/, `what ${words[0]} said`);
    check(!/ERROR: |runtime error/.test(stderr), `a sanitizer complains: ${stderr}`);
  }
  equal(fs.readdirSync(folder), [], 'what was made');
});
await test('database_from_the_future', async () => {
  const data = await usedData();
  const file = path.join(data, 'hone.db');
  const bytes = fs.readFileSync(file);
  const version = bytes.readUInt32BE(USER_VERSION_AT);
  check(version > 0 && version < 99, `the version of the format, ${version}`);
  bytes.writeUInt32BE(99, USER_VERSION_AT);
  fs.writeFileSync(file, bytes);
  await refusesData(data, /99[^]*(newer|upgrade|version)/i);
  equal(fs.readFileSync(file).equals(bytes), true, 'the file is as it was');
  bytes.writeUInt32BE(version, USER_VERSION_AT);
  fs.writeFileSync(file, bytes);
  const server = await start({ data, skills: [twoSkills] });
  await checkServes(server);
  await server.stopWell();
});
await test('database_that_is_none', async () => {
  const data = path.join(makeFolder(), 'data');
  fs.mkdirSync(data);
  fs.writeFileSync(path.join(data, 'hone.db'), 'this is a shopping list\n'.repeat(100));
  await refusesData(data, /hone\.db.*(not a database|corrupt)/i);
  matches(fs.readFileSync(path.join(data, 'hone.db'), 'utf8'), /^this is a shopping list/, 'the file');
});
await test('database_that_was_cut', async () => {
  const data = await usedData();
  const file = path.join(data, 'hone.db');
  fs.truncateSync(file, 5000);
  await refusesData(data, /hone\.db/);
});

const readOnlyName = 'data_folder_that_cannot_be_written';
if (isRoot && fs.existsSync('/usr/bin/setpriv')) {
  await test(readOnlyName, async () => {
    const data = await usedData();
    fs.chmodSync(path.dirname(data), 0o755);
    fs.chmodSync(data, 0o755);
    await refusesData(data, /(cannot write|read.only|denied)/i,
      { wrap: ['setpriv', '--reuid', NOBODY, '--regid', NOBODY, '--clear-groups'] });
  });
} else if (!isRoot) {
  await test(readOnlyName, async () => {
    const data = await usedData();
    fs.chmodSync(data, 0o500);
    await refusesData(data, /(cannot write|read.only|denied)/i);
    fs.chmodSync(data, 0o700);
  });
} else {
  skip(readOnlyName, 'the tests run as root and setpriv is not installed');
}

// ---- tensors files ----

function tensorsFiles(data) {
  return fs.readdirSync(path.join(data, 'blobs'), { recursive: true })
    .filter((name) => name.endsWith('.safetensors')).map((name) => path.join(data, 'blobs', name));
}

// The file that belongs to weather: the one whose tensors speak of its labels.
function weatherFile(data) {
  const found = tensorsFiles(data).filter((file) => fs.readFileSync(file).includes('snow'));
  equal(found.length, 1, 'files with the labels of weather');
  return found[0];
}

// weather is loaded by its first call: the call says what is wrong, as the status does from then on, and
// another skill is served.
async function servesAllButWeather(data, message) {
  const server = await start({ data, skills: [twoSkills] });
  const peer = await server.connect();
  const called = await peer.tool('weather', { text: 'x' });
  equal(called.isError, true, 'a call of the skill that cannot be loaded fails');
  matches(called.content[0].text, message, 'what the call says');
  const { failures, skills } = await peer.request('hone/status', {});
  equal(failures.length, 0, 'the package itself is no failure');
  const weather = skills.find((skill) => skill.name === 'weather');
  equal(weather.state, 'error', 'the state of the skill that cannot be loaded');
  matches(weather.error, message, 'what the status says');
  check(weather.fix.length > 0, 'the status says what to do');
  check((await peer.tool('guide', {})).isError !== true, 'another skill answers');
  peer.close();
  await server.stopWell();
}

function rewrite(file, bytes) {
  fs.chmodSync(file, 0o644);
  fs.writeFileSync(file, bytes);
}

await test('tensors_file_that_was_cut', async () => {
  const data = await usedData();
  const file = weatherFile(data);
  const bytes = fs.readFileSync(file);
  rewrite(file, bytes.subarray(0, bytes.length / 2));
  await servesAllButWeather(data, /tensors|sha256|content|damaged|corrupt/i);
  rewrite(file, bytes);
  const server = await start({ data, skills: [twoSkills] });
  await checkServes(server);
  await server.stopWell();
});
await test('tensors_file_that_is_missing', async () => {
  const data = await usedData();
  fs.rmSync(weatherFile(data));
  await servesAllButWeather(data, /No such file|missing|not found|not there/i);
});

// Replaces the live tensors by other bytes under their right name, in files and database, so that
// no digest gives the change away.
function forge(data, change) {
  const file = weatherFile(data);
  const was = fs.readFileSync(file);
  const bytes = change(Buffer.from(was));
  const oldDigest = crypto.createHash('sha256').update(was).digest();
  const digest = crypto.createHash('sha256').update(bytes).digest();
  const name = digest.toString('hex');
  const folder = path.join(data, 'blobs', name.slice(0, 2));
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, `${name}.safetensors`), bytes);
  const database = path.join(data, 'hone.db');
  const content = fs.readFileSync(database);
  let n = 0;
  for (let at = content.indexOf(oldDigest); at >= 0; at = content.indexOf(oldDigest, at)) {
    digest.copy(content, at);
    n += 1;
  }
  check(n > 0, 'the digest stands in the database');
  fs.writeFileSync(database, content);
}

const lies = {
  tensors_file_with_a_huge_header_length: [/header of 9223372036854775807 bytes is over the limit/, (bytes) => {
    bytes.writeBigUInt64LE(0x7fffffffffffffffn, 0);
    return bytes;
  }],
  tensors_file_with_a_header_beyond_its_end: [/ends inside its header/, (bytes) => {
    bytes.writeBigUInt64LE(BigInt(bytes.length), 0);
    return bytes;
  }],
  tensors_file_whose_tensors_overlap_its_end: [/lie outside the file's/, (bytes) => bytes.subarray(0, -64)],
  tensors_file_without_tensors: [/safetensors: ./, () => Buffer.from('08000000000000007b7d202020202020', 'hex')],
  tensors_file_of_zeros: [/header does not begin with/, (bytes) => Buffer.alloc(bytes.length)],
};
for (const [name, [message, change]] of Object.entries(lies)) {
  await test(name, async () => {
    const data = await usedData();
    forge(data, change);
    await servesAllButWeather(data, message);
  });
}

finish();
