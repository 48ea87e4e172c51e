// kill -9 at random moments while feedback streams in. What was acknowledged must be in the log
// exactly once, with the id and the position that were acknowledged; what was not may be there or
// not, but never twice; and what is served at the end must be what a restart makes of the log.
//
// With the word `unload`: the skill is taken out of memory whenever nothing is under way, so that
// kills meet it while it is loaded and unloaded, too.
//
// HONE_LONG=1: 200 rounds instead of 20. HONE_SEED: the moments and texts of an earlier run.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { check, equal, failedSoFar, finish, test } from '../lib/checks.mjs';
import { post, tool } from '../lib/http.mjs';
import { buildFolder, makeFolder, start } from '../lib/server.mjs';

const ROUNDS = process.env.HONE_LONG === '1' ? 200 : 20;
const seed = Number(process.env.HONE_SEED ?? Date.now() % 1000000000);
const STREAMS = 3; // over the socket, each with several feedbacks in flight
const IN_FLIGHT = 4;
const LIFE_MIN_MS = 5;
const LIFE_MAX_MS = 400;
const CATCH_UP_MS = 60000;
const RESTARTS_MAX = 10;
const KIND_FEEDBACK = '1';
const SOURCE = 'storm'; // a key belongs to its source, so both transports must name the same

// mulberry32: small, and the same numbers for the same seed everywhere.
let state = seed >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const pick = (list) => list[Math.floor(random() * list.length)];

const WORDS = ['fog', 'drizzle', 'frost', 'heat', 'storm', 'breeze', 'clear', 'sky', 'umbrella', 'slush', 'dry', 'grey'];
const LABELS = ['sun', 'rain', 'snow'];
const makeText = () => Array.from({ length: 5 }, () => pick(WORDS)).join(' ');

const data = path.join(makeFolder(), 'data');
const unloads = process.argv.includes('unload');
const launchOptions = {
  data,
  args: ['--checkpoint-events', '40', ...(unloads ? ['--skill-idle-ms', '1'] : [])],
};
const sent = new Map(); // key -> {feedback, given: what was acknowledged, or undefined}
const startsMs = [];
let nResentStored = 0;
let nLost = 0;
let nextKey = 0;

function newFeedback(callId) {
  const key = `k${nextKey}`;
  nextKey += 1;
  const feedback = { call_id: callId, label: pick(LABELS), idempotency_key: key, source: SOURCE };
  const entry = { feedback, given: undefined };
  sent.set(key, entry);
  return entry;
}

function acknowledge(entry, given) {
  check(['stored', 'duplicate'].includes(given?.status), `an answer without a status: ${JSON.stringify(given)}`);
  if (entry.given !== undefined) {
    equal([given.status, given.feedback_id, given.position],
      ['duplicate', entry.given.feedback_id, entry.given.position], `${entry.feedback.idempotency_key} sent again`);
  }
  entry.given = given;
}

// Calls and feedback until the server dies; what dies with it ends the stream, nothing else does.
async function streamOverSocket(server, isDead) {
  const peer = await server.connect();
  const one = async () => {
    while (!isDead()) {
      const call = await peer.tool('weather', { text: makeText() });
      const entry = newFeedback(call.structuredContent.call_id);
      const result = await peer.tool('feedback', entry.feedback);
      check(result.isError !== true, result.content[0].text);
      acknowledge(entry, result.structuredContent);
    }
  };
  return Promise.allSettled(Array.from({ length: IN_FLIGHT }, one));
}

async function streamOverHttp(server, isDead) {
  while (!isDead()) {
    const calls = await Promise.all([1, 2, 3].map(() => tool(server.port, 'weather', { text: makeText() })));
    const entries = calls.map((call) => newFeedback(call.structuredContent.call_id));
    const { json } = await post(server.port, '/api/v1/feedback', entries.map((entry) => entry.feedback));
    entries.forEach((entry, i) => acknowledge(entry, json.results[i]));
  }
}

// Errors that are not the server's death.
function realErrors(settled) {
  const gone = /closed the connection|no whole answer|ECONN|EPIPE|ENOENT/;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? one.value ?? [] : [one]))
    .filter((one) => one.status === 'rejected' && !gone.test(String(one.reason)))
    .map((one) => String(one.reason));
}

async function startTimed() {
  const server = await start(launchOptions);
  startsMs.push(server.readyMs);
  return server;
}

// Sends these again; what had not been acknowledged may have come through or be lost.
async function resend(peer, entries) {
  for (const entry of entries) {
    const result = await peer.tool('feedback', entry.feedback);
    if (result.isError) {
      equal(result._meta['io.github.hone/error'].code, 'not_found', `${entry.feedback.idempotency_key} sent again`);
      check(entry.given === undefined, `${entry.feedback.idempotency_key} was acknowledged and its call is gone`);
      sent.delete(entry.feedback.idempotency_key);
      nLost += 1;
    } else {
      nResentStored += entry.given === undefined && result.structuredContent.status === 'stored' ? 1 : 0;
      acknowledge(entry, result.structuredContent);
    }
  }
}

async function weatherStatus(peer) {
  return (await peer.request('hone/status', { skill: 'weather' })).skills[0];
}

// Waits until everything in the log is learnt: each answer to a status is an event of its own.
async function caughtUp(peer) {
  const deadline = Date.now() + CATCH_UP_MS;
  for (;;) {
    const status = await weatherStatus(peer);
    equal(status.error, undefined, 'the error of the skill');
    if (status.learned_through === status.log_end) {
      return status;
    }
    check(Date.now() < deadline, `learnt through ${status.learned_through} of ${status.log_end} after ${CATCH_UP_MS} ms`);
  }
}

async function round(number) {
  const first = nextKey;
  const server = await startTimed();
  let dead = false;
  const streams = Array.from({ length: STREAMS }, () => streamOverSocket(server, () => dead));
  streams.push(streamOverHttp(server, () => dead));
  const all = Promise.allSettled(streams);
  await new Promise((resolve) => {
    setTimeout(resolve, LIFE_MIN_MS + random() * (LIFE_MAX_MS - LIFE_MIN_MS));
  });
  await server.kill();
  dead = true;
  equal(realErrors(await all), [], `errors of round ${number}`);
  const again = await startTimed();
  const peer = await again.connect();
  await resend(peer, [...sent.values()].filter((entry) => Number(entry.feedback.idempotency_key.slice(1)) >= first));
  peer.close();
  await again.kill();
}

// 50 questions and all that the skill says of them, but for the id of the call.
async function predictions(peer) {
  const answers = [];
  for (let i = 0; i < 50; i += 1) {
    const text = `${WORDS[i % 12]} ${WORDS[(i * 5 + 1) % 12]} ${WORDS[(i * 7 + 3) % 12]}`;
    const { structuredContent } = await peer.tool('weather', { text });
    answers.push({ ...structuredContent, call_id: undefined });
  }
  return answers;
}

function readLog() {
  const program = path.join(buildFolder, 'tests/e2e/e2e-read-log');
  return execFileSync(program, [path.join(data, 'hone.db')], { encoding: 'utf8', maxBuffer: 1 << 28 })
    .split('\n').filter((line) => line !== '')
    .map((line) => line.split('\t'))
    .map(([skill, position, kind, feedbackId, key]) => ({ skill, position: Number(position), kind, feedbackId, key }))
    .filter((event) => event.skill === 'weather');
}

console.log(`kill storm: ${ROUNDS} rounds, HONE_SEED=${seed}`);

await test('acknowledged_feedback_survives_each_kill', async () => {
  for (let number = 0; number < ROUNDS; number += 1) {
    await round(number);
  }
  check(sent.size > ROUNDS, `only ${sent.size} feedbacks came through`);
});

let served;
await test('every_key_is_known_once_at_its_place', async () => {
  const server = await startTimed();
  const peer = await server.connect();
  await resend(peer, [...sent.values()]);
  const positions = new Set([...sent.values()].map((entry) => entry.given.position));
  equal(positions.size, sent.size, 'positions of the feedbacks');
  await caughtUp(peer);
  served = await predictions(peer);
  const status = await caughtUp(peer);
  peer.close();
  await server.stopWell();
  const log = readLog();
  const feedbacks = log.filter((event) => event.kind === KIND_FEEDBACK);
  equal(feedbacks.length, sent.size, 'feedbacks in the log');
  check(status.log_end <= log.length, `the log ends at ${log.length}, the status said ${status.log_end}`);
  equal(log.slice(status.log_end).filter((event) => event.kind === KIND_FEEDBACK), [],
    'feedback behind the end that the status gave'); // a verdict may have come before the stop
  equal(log.map((event) => event.position), log.map((_, i) => i + 1), 'positions without a gap');
  for (const event of feedbacks) {
    const given = sent.get(event.key)?.given;
    equal([event.position, event.feedbackId], [given?.position, given?.feedback_id.replaceAll('-', '')], event.key);
  }
});

// Starts, lets it catch up, asks, and ends it in the given way.
async function askAfterRestart(end) {
  const server = await startTimed();
  const peer = await server.connect();
  await caughtUp(peer);
  const answers = await predictions(peer);
  const { versions, live } = await peer.request('hone/versions', { skill: 'weather' });
  console.log(`        versions of weather: ${versions.length}, live ${live}`);
  peer.close();
  await end(server);
  return answers;
}

// A verdict that was due when the server ended is an event more after the restart, so that answers
// can be compared only where both come from the same position of the log. No feedback comes any
// more, so the verdicts run out.
async function servesTheSameAfter(end) {
  let before = served;
  for (let i = 0; i < RESTARTS_MAX; i += 1) {
    const answers = await askAfterRestart(end);
    const positions = new Set([...before, ...answers].map((answer) => answer.learned_through));
    if (positions.size === 1) {
      equal(answers, before, 'the answers after a restart');
      return;
    }
    before = answers;
  }
  check(false, `the log still grew after ${RESTARTS_MAX} restarts`);
}

await test('a_restart_serves_the_same', () => servesTheSameAfter((server) => server.stopWell()));
await test('a_restart_after_a_kill_serves_the_same', () => servesTheSameAfter((server) => server.kill()));

startsMs.sort((a, b) => a - b);
console.log(`kill storm: ${ROUNDS} kills, ${sent.size} feedbacks stored, ${nResentStored} of them only when sent again, `
  + `${nLost} calls lost unacknowledged, restart median ${startsMs[startsMs.length >> 1]} ms, `
  + `longest ${startsMs[startsMs.length - 1]} ms, seed ${seed}${failedSoFar() ? ', FAILED' : ''}`);
finish();
