// What operators do to a skill, over the command line and HTTP: who may, what calls see, and that it
// lasts through kill -9.
import fs from 'node:fs';
import path from 'node:path';
import { check, equal, finish, matches, test } from './lib/checks.mjs';
import { post } from './lib/http.mjs';
import { run } from './lib/relay.mjs';
import { makeFolder, start } from './lib/server.mjs';

const folder = makeFolder();
const data = path.join(folder, 'data');
const tokensFile = path.join(folder, 'tokens');
const skills = makeFolder();
fs.mkdirSync(path.join(skills, 'sky'));
fs.writeFileSync(path.join(skills, 'sky', 'SKILL.md'), '---\nname: sky\ndescription: Which weather it is.\n---\n');
fs.writeFileSync(path.join(skills, 'sky', 'skill.yaml'),
  'format: 1\nkind: classify\nlabels: [sun, rain, snow]\ngate: {min_pairs: 20}\n');

const tokens = {};
for (const [name, role] of [['boss', 'admin'], ['teacher', 'call,feedback']]) {
  const { text } = await run(['token', 'add', name, '--role', role, '--tokens', tokensFile]);
  tokens[name] = /hone_[A-Za-z0-9_-]{43}/.exec(text)[0];
}
const as = (name) => ({ Authorization: `Bearer ${tokens[name]}` });

let server;
let peer;
async function open() {
  server = await start({ data, skills: [skills], args: ['--http-tokens', tokensFile] });
  peer = await server.connect();
}
async function crash() {
  peer.close();
  await server.kill();
  await open();
}
const act = (request, who = 'boss') => post(server.port, '/api/v1/actions', { skill: 'sky', ...request }, as(who));
const hone = (...words) => run([...words, '--data', data]);
const skillOf = async () => (await peer.request('hone/status', { skill: 'sky' })).skills[0];

async function answers() {
  const said = [];
  for (const text of ['heavy drops', 'mild haze', 'icy wind']) {
    const { structuredContent } = await peer.tool('sky', { text });
    said.push([structuredContent.label, structuredContent.confidence, structuredContent.version]);
  }
  return said;
}

async function teach(text, label) {
  const { structuredContent } = await peer.tool('sky', { text });
  const { structuredContent: told } = await peer.tool('feedback', { call_id: structuredContent.call_id, label, wait: 'learned' });
  return told;
}

// Reports that differ, as the same words again are no evidence.
let nReports = 0;
async function teachAll(n) {
  for (let i = 0; i < n; i++) {
    await teach(`heavy drops, report ${nReports++}`, 'rain');
    await teach(`mild haze, report ${nReports++}`, 'sun');
    await teach(`icy wind, report ${nReports++}`, 'snow');
  }
}

// A start answers from what is on disk until it has caught up with its log.
async function caughtUp() {
  let skill = await skillOf();
  for (; skill.learned_through < skill.log_end; skill = await skillOf()) {}
  return skill;
}

await open();
await test('freeze_and_thaw', async () => {
  await teachAll(2);
  const before = await answers();
  const { status, json } = await act({ action: 'freeze', reason: 'a fair is on', actor: 'somebody' });
  equal([status, json.changed, json.hold.frozen.actor, json.hold.frozen.reason], [200, true, 'boss', 'a fair is on'],
    'the answer to freeze');
  const told = await teach('heavy drops', 'snow');
  equal([told.status, told.learned, told.frozen], ['stored', false, true], 'what feedback is told');
  equal(await answers(), before, 'answers while frozen');
  await crash();
  await caughtUp();
  equal(await answers(), before, 'answers after kill -9');
  matches((await hone('status', 'sky')).text, /frozen +by boss since \S+: a fair is on/, 'hone status');
  matches((await hone('versions', 'sky')).text, /frozen +by boss since \S+: a fair is on/, 'hone versions');
  const again = await hone('freeze', 'sky', '--reason', 'once more');
  equal(again.code, 0, 'exit code of a second freeze');
  matches(again.text, /sky is frozen already by boss since \S+: a fair is on/, 'a second freeze');
  const thawed = await hone('thaw', 'sky', '--reason', 'it is over');
  matches(thawed.text, /sky is thawed: .*log position \d+/, 'thaw');
  equal((await teach('heavy drops', 'rain')).learned, true, 'learned again');
  equal((await skillOf()).labelled, 7, 'labels that were learnt');
});

await test('pin_and_unpin', async () => {
  const first = await act({ action: 'pin', to: 1, reason: 'the audit looks at it' });
  equal([first.status, first.json.changed, first.json.hold.pinned.version], [200, true, 1], 'the answer to pin');
  const pinned = await answers();
  await teachAll(12);
  equal(await answers(), pinned, 'answers while pinned');
  equal((await skillOf()).live_version, 1, 'nothing was promoted');
  await crash();
  await caughtUp();
  equal(await answers(), pinned, 'answers after kill -9');
  matches((await hone('status', 'sky')).text, /pinned +to version 1 by boss since \S+: the audit looks at it/, 'hone status');
  matches((await hone('pin', 'sky', '--reason', 'again')).text, /sky is pinned already to version 1 by boss/, 'a second pin');
  const { code, text } = await hone('rollback', 'sky', '--yes');
  equal(code, 5, 'exit code of a rollback');
  matches(text, /pinned to version 1[^]*hone unpin sky/, 'cause and fix');
  matches((await hone('unpin', 'sky', '--reason', 'it is done')).text, /sky is unpinned: .*log position \d+/, 'unpin');
  for (;;) {
    const { live_version: live } = await skillOf();
    if (live > 1) break;
  }
});

await test('promote', async () => {
  const { live_version: from } = await skillOf();
  matches((await hone('promote', 'sky@1', '--reason', 'the first was best')).text, new RegExp(`sky: version ${from} -> 1 \\(log position`), 'promote');
  matches((await hone('promote', 'sky@1', '--reason', 'again')).text, /sky: version 1 is live already/, 'a second time');
  await crash();
  equal((await caughtUp()).live_version, 1, 'the live version after kill -9');
  matches((await hone('log', 'sky')).text, /sky +promote +.*cli: the first was best/, 'hone log');
  const { code, text } = await hone('promote', 'sky', '--reason', 'x');
  check(code !== 0, 'exit code without a version');
  matches(text, /is not SKILL@VERSION[^]*triage@3/, 'cause and fix');
  equal((await act({ action: 'promote', to: 99, reason: 'x' })).status, 404, 'a version that never was');
  equal((await hone('verify', 'sky')).code, 0, 'exit code of hone verify');
});

await test('who_may_and_what_is_refused', async () => {
  equal((await act({ action: 'freeze', reason: 'x' }, 'teacher')).status, 403, 'without the role admin');
  for (const [request, status, detail] of [
    [{ action: 'freeze' }, 400, /freeze needs a reason/],
    [{ action: 'melt', reason: 'x' }, 400, /no known action/],
    [{ action: 'freeze', reason: 'x', skill: 'skies' }, 404, /no skill skies/],
  ]) {
    const answer = await act(request);
    equal(answer.status, status, `status of ${JSON.stringify(request)}`);
    matches(answer.json.detail, detail, 'the detail');
  }
  const { code, text } = await hone('freeze', 'sky');
  equal(code, 5, 'exit code without a reason');
  matches(text, /needs a reason[^]*--reason/, 'cause and fix');
});

peer.close();
await server.stopWell();
finish();
