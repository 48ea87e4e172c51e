// A kind from outside (examples/tiny_kind) in the whole program: it is served, learns what clients
// tell it, becomes a version, and answers after SIGKILL as before.
import path from 'node:path';
import { check, equal, finish, test } from './lib/checks.mjs';
import { buildFolder, makeFolder, sourceFolder, start } from './lib/server.mjs';

const N_TAUGHT = 45; // enough for a verdict: gate.min_pairs of the package is 30
const WORDS = {
  thanks: ['great', 'lovely', 'cheers', 'perfect'],
  complaint: ['broken', 'again', 'useless', 'refund'],
  question: ['could', 'possible', 'opening', 'price'],
};
const LABELS = Object.keys(WORDS);

const options = {
  data: path.join(makeFolder(), 'data'),
  program: path.join(buildFolder, 'examples/tiny_kind/hone-tiny'),
  skills: [path.join(sourceFolder, 'examples/tiny_kind/skills')],
};

async function ask(peer, text) {
  const result = await peer.tool('tone', { text });
  check(result.isError !== true, result.content[0].text);
  return result.structuredContent;
}

async function teach(peer, i) {
  const label = LABELS[i % LABELS.length];
  const words = WORDS[label];
  const called = await ask(peer, `${words[i % 4]} ${words[(i >> 2) % 4]}`);
  const { structuredContent: given } = await peer.tool('feedback', { call_id: called.call_id, label, wait: 'learned' });
  equal([given.status, given.learned], ['stored', true], `feedback ${i}`);
}

// What is said of the words, without what names the call.
async function answers(peer) {
  const all = [];
  for (const word of Object.values(WORDS).flat()) {
    const { label, confidence, learned_through: learnedThrough } = await ask(peer, word);
    all.push({ word, label, confidence, learnedThrough });
  }
  return all;
}

const countRight = (all) => all.filter(({ word, label }) => WORDS[label].includes(word)).length;
let before;

await test('labels change the answers, and become a version', async () => {
  const server = await start(options);
  const peer = await server.connect();
  const unlearned = countRight(await answers(peer));
  for (let i = 0; i < N_TAUGHT; i += 1) {
    await teach(peer, i);
  }
  before = await answers(peer);
  check(unlearned < 12, `all words were known before: ${unlearned}`);
  equal(countRight(before), 12, 'words known after they were taught');
  const { skills } = await peer.request('hone/status', { skill: 'tone' });
  equal([skills[0].kind, skills[0].feedback], ['tally', N_TAUGHT], 'kind and feedback in the status');
  check(skills[0].live_version >= 2, `no version was made: ${JSON.stringify(skills[0])}`);
  peer.close();
  await server.kill();
});

await test('the answers are the same after SIGKILL', async () => {
  const server = await start(options);
  const peer = await server.connect();
  equal(await answers(peer), before, 'answers');
  peer.close();
  await server.stopWell();
});

await finish();
