// Many skills of which few are in memory: first calls over every way, feedback to cold skills, one
// that cannot be loaded beside others that can, and kill -9 while skills are loaded and unloaded.
import fs from 'node:fs';
import path from 'node:path';
import { check, equal, finish, matches, test } from './lib/checks.mjs';
import { post, tool } from './lib/http.mjs';
import { makeFolder, start } from './lib/server.mjs';

const N_SKILLS = 24;
const N_KILLS = 6;
const KILL_MAX_MS = 40;
const names = Array.from({ length: N_SKILLS }, (_, i) => `sky-${i}`);

const skills = makeFolder();
for (const name of names) {
  const folder = path.join(skills, name);
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'SKILL.md'), `---\nname: ${name}\ndescription: Which weather it is.\n---\n`);
  fs.writeFileSync(path.join(folder, 'skill.yaml'), 'format: 1\nkind: classify\nlabels: [sun, rain, snow]\n');
}
const data = path.join(makeFolder(), 'data');
const launch = (args = []) => start({ data, skills: [skills], args });

const status = (peer, skill) => peer.request('hone/status', skill === undefined ? {} : { skill });
const residenceOf = async (peer, skill) => (await status(peer, skill)).skills[0].residence;

// Each look is a request and an answer, so this waits for the server and not for a time.
async function until(what, holds) {
  const deadline = Date.now() + 60000;
  while (!(await holds())) {
    check(Date.now() < deadline, `${what}: not within a minute`);
  }
}

const allCold = (peer) => until('all skills cold', async () => (await status(peer)).residence.loaded === 0);

async function teach(peer, skill, text, label) {
  const { structuredContent } = await peer.tool(skill, { text });
  return peer.tool('feedback', { call_id: structuredContent.call_id, label, wait: 'learned' });
}

await test('a_restarted_server_has_nothing_in_memory', async () => {
  const first = await launch(['--skill-idle-ms', '1']);
  const peer = await first.connect();
  for (const name of names) {
    await teach(peer, name, 'heavy drops', 'rain');
  }
  await allCold(peer);
  peer.close();
  await first.stopWell();
  const server = await launch();
  const again = await server.connect();
  const { residence, skills: list } = await status(again);
  equal([residence.loaded, residence.cold, residence.memory_bytes], [0, N_SKILLS, 0], 'what is in memory');
  equal(list.map((one) => one.labelled), names.map(() => 1), 'what is known all the same');
  again.close();
  await server.stopWell();
});

await test('first_calls_are_answered_over_every_way', async () => {
  const server = await launch();
  const peer = await server.connect();
  const sameSkill = Array.from({ length: 8 }, () => peer.tool(names[0], { text: 'heavy drops' }));
  const eachSkill = names.map((name) => peer.tool(name, { text: 'heavy drops' }));
  const overHttp = names.map((name) => tool(server.port, name, { text: 'heavy drops' }));
  for (const answer of await Promise.all([...sameSkill, ...eachSkill, ...overHttp])) {
    equal(answer.structuredContent.label, 'rain', 'the label of a first call');
  }
  const { residence } = await status(peer);
  equal([residence.loaded, residence.loads], [N_SKILLS, N_SKILLS], 'loads: one for each skill');
  peer.close();
  await server.stopWell();
  const stdio = await start({ data, skills: [skills], stdio: true });
  equal((await stdio.peer.tool(names[1], { text: 'heavy drops' })).structuredContent.label, 'rain', 'over stdio');
  await stdio.stopWell();
});

await test('feedback_to_many_cold_skills_is_learnt', async () => {
  const server = await launch(['--skill-idle-ms', '1']);
  const peer = await server.connect();
  const calls = await Promise.all(names.map((name) => peer.tool(name, { text: 'mild haze' })));
  await allCold(peer);
  const { json } = await post(server.port, '/api/v1/feedback', calls.map((call) => (
    { call_id: call.structuredContent.call_id, label: 'sun', source: 'test' })));
  equal(json.results.map((one) => one.status), names.map(() => 'stored'), 'what became of the feedback');
  await until('all learnt', async () => (await status(peer)).skills.every(
    (one) => one.labelled === 2 && one.learned_through === one.log_end));
  await allCold(peer);
  peer.close();
  await server.stopWell();
});

const blobsOf = (folder) => fs.readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.safetensors')).map((name) => path.join(folder, name));

await test('a_skill_that_cannot_be_loaded_costs_the_others_nothing', async () => {
  const server = await launch();
  const peer = await server.connect();
  const { versions } = await peer.request('hone/versions', { skill: names[2] });
  const kept = blobsOf(path.join(data, 'blobs')).find((file) => file.includes(versions[0].tensors));
  const away = `${kept}.away`;
  fs.renameSync(kept, away);
  const answers = await Promise.all(names.slice(2, 6).map((name) => peer.tool(name, { text: 'heavy drops' })));
  equal(answers.map((answer) => answer.isError === true), [true, false, false, false], 'which calls fail');
  const { code, hint } = answers[0]._meta['io.github.hone/error'];
  equal(code, 'not_found', 'the code of the failure');
  matches(hint, /copy of the data folder.*hone rollback/, 'what to do about it');
  const { state, residence, error } = (await status(peer, names[2])).skills[0];
  equal([state, residence], ['error', 'cold'], 'the state of the skill');
  matches(error, /could not be loaded/, 'the error in the status');
  fs.renameSync(away, kept);
  equal((await peer.tool(names[2], { text: 'heavy drops' })).structuredContent.label, 'rain', 'the label when it is back');
  equal(await residenceOf(peer, names[2]), 'loaded', 'where it is then');
  peer.close();
  await server.stopWell();
});

await test('kills_while_skills_are_loaded_and_unloaded_lose_nothing', async () => {
  const acknowledged = new Map(names.map((name) => [name, 2]));
  for (let i = 0; i < N_KILLS; i += 1) {
    const server = await launch(['--skill-idle-ms', '1']);
    const peer = await server.connect();
    const streams = names.map(async (name) => {
      for (;;) {
        const result = await teach(peer, name, 'icy wind', 'snow');
        check(result.isError !== true, JSON.stringify(result));
        acknowledged.set(name, acknowledged.get(name) + 1);
      }
    });
    await Promise.race(streams.map((stream) => stream.catch(() => {})).concat(
      new Promise((resolve) => { setTimeout(resolve, (i * KILL_MAX_MS) / N_KILLS); })));
    await server.kill();
    const ends = await Promise.allSettled(streams);
    for (const { reason } of ends) {
      matches(reason?.message, /closed the connection|EPIPE|ECONN/, 'why a stream ended');
    }
  }
  const server = await launch();
  const peer = await server.connect();
  await until('all learnt', async () => (await status(peer)).skills.every(
    (one) => one.learned_through === one.log_end));
  for (const one of (await status(peer)).skills) {
    check(one.labelled >= acknowledged.get(one.name), `${one.name}: ${one.labelled} of ${acknowledged.get(one.name)}`);
    check(one.error === undefined, `${one.name}: ${one.error}`);
  }
  peer.close();
  await server.stopWell();
});

finish();
