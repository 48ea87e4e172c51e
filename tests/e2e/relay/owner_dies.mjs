// The owner is killed in the middle of load: every request has an answer, what was acknowledged is
// there, and the relays go on with the next owner.
import { check, equal, finish, test } from '../lib/checks.mjs';
import { Relay, holder, newData, owners, run } from '../lib/relay.mjs';

const N_RELAYS = 4;
const N_KILLS = 4;
const N_FEEDBACKS = 60; // of one relay
const N_AT_ONCE = 6;

// A call, and feedback on it with a key; both may meet the death of the owner.
async function teach(relay, key, seen) {
  const called = await relay.peer.ask('tools/call', { name: 'weather', arguments: { text: `fog number ${key}` } });
  seen.answers += 1;
  if (called.error !== undefined) {
    equal(called.error.data, { retriable: true }, `the error of a call: ${called.error.message}`);
    seen.errors += 1;
    return;
  }
  const feedback = { call_id: called.result.structuredContent.call_id, label: 'snow', idempotency_key: key, source: 'storm' };
  const told = await relay.peer.ask('tools/call', { name: 'feedback', arguments: feedback });
  seen.answers += 1;
  if (told.error !== undefined) {
    equal(told.error.data, { retriable: true }, `the error of a feedback: ${told.error.message}`);
    seen.errors += 1;
  } else if (told.result.isError !== true) {
    seen.acknowledged.push({ feedback, id: told.result.structuredContent.feedback_id });
  }
  seen.onTold?.();
}

async function load(relay, name, seen) {
  let next = 0;
  const worker = async () => {
    while (next < N_FEEDBACKS) {
      next += 1;
      await teach(relay, `${name}-${next}`, seen);
    }
  };
  await Promise.all(Array.from({ length: N_AT_ONCE }, worker));
}

// Kills the owner after so many more acknowledgements.
async function kill(data, seen) {
  const share = (N_RELAYS * N_FEEDBACKS) / (2 * N_KILLS);
  for (let i = 0; i < N_KILLS; i += 1) {
    const goal = seen.acknowledged.length + share;
    await new Promise((resolve) => {
      seen.onTold = () => seen.acknowledged.length >= goal && resolve();
    });
    process.kill(holder(data), 'SIGKILL');
  }
}

await test('every_request_is_answered_and_no_acknowledged_feedback_is_lost', async () => {
  const data = newData();
  const relays = Array.from({ length: N_RELAYS }, () => new Relay({ data }));
  const seen = { answers: 0, errors: 0, acknowledged: [] };
  await relays[0].peer.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'storm', version: '1' } });
  relays[0].peer.sendLine('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  const loads = relays.map((relay, i) => load(relay, `r${i}`, seen));
  await Promise.all([...loads, kill(data, seen)]);
  console.log(`        ${seen.answers} answers, ${seen.errors} of them errors, ${seen.acknowledged.length} acknowledged, ${N_KILLS} kills`);
  for (const relay of relays) {
    equal([relay.peer.unclaimed, relay.peer.waiting.size], [[], 0], 'lines that nobody asked for, and requests without an answer');
    await relay.tool('weather', { text: 'fog' });
  }
  for (const { feedback, id } of seen.acknowledged) {
    const { structuredContent } = await relays[1].tool('feedback', feedback);
    equal([structuredContent?.status, structuredContent?.feedback_id], ['duplicate', id], `feedback ${feedback.idempotency_key}`);
  }
  equal(owners(data).length, 1, 'owners');
  for (const relay of relays) {
    equal((await relay.close()).code, 0, `the exit code\n${relay.log}`);
  }
  await run(['stop', '--data', data]);
});

// A stopped owner answers nothing, so what is in flight when it is killed is known.
await test('what_may_be_repeated_is_and_the_rest_is_an_error_that_says_so', async () => {
  const data = newData();
  const relay = new Relay({ data });
  const { structuredContent } = await relay.tool('weather', { text: 'fog' });
  await relay.tool('feedback', { call_id: structuredContent.call_id, label: 'rain' }); // now the call is stored
  const owner = holder(data);
  process.kill(owner, 'SIGSTOP');
  const feedback = { call_id: structuredContent.call_id, label: 'snow' };
  const asked = [
    relay.peer.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } }),
    relay.peer.ask('tools/list', {}),
    relay.peer.ask('tools/call', { name: 'feedback', arguments: { ...feedback, idempotency_key: 'k' } }),
    relay.peer.ask('tools/call', { name: 'feedback', arguments: feedback }),
    relay.peer.ask('tools/call', { name: 'weather', arguments: { text: 'fog' } }),
  ];
  // The relay has passed them on once another line came back: an oversized one is answered by itself.
  relay.peer.sendLine('x'.repeat(9 * 1024 * 1024));
  equal((await relay.peer.next()).error?.code, -32600, 'the line that is too long');
  process.kill(owner, 'SIGKILL');
  const answers = await Promise.all(asked);
  check(answers.slice(0, 3).every(({ result }) => result !== undefined), `repeated: ${JSON.stringify(answers.slice(0, 3))}`);
  equal(answers[2].result.structuredContent.status, 'stored', 'the keyed feedback');
  for (const { error } of answers.slice(3)) {
    equal([error?.code, error?.data], [-32603, { retriable: true }], 'what is not repeated');
  }
  await relay.close();
  await run(['stop', '--data', data]);
});

// An owner that is asked to end finishes what it has begun; what it did not take is asked of the next.
await test('a_stop_under_load_costs_questions_and_keyed_feedback_nothing', async () => {
  const data = newData();
  const relays = [0, 1].map(() => new Relay({ data }));
  const { structuredContent } = await relays[0].tool('weather', { text: 'fog' });
  await relays[0].tool('feedback', { call_id: structuredContent.call_id, label: 'rain' });
  const pids = new Set();
  const work = async (relay, name) => {
    for (let i = 0; i < 150; i += 1) {
      const feedback = { call_id: structuredContent.call_id, comment: `${name} ${i}`, idempotency_key: `${name}-${i}` };
      const [list, told] = await Promise.all([relay.peer.ask('tools/list', {}), relay.peer.ask('tools/call', { name: 'feedback', arguments: feedback })]);
      check(list.result !== undefined && told.result?.isError !== true, `${JSON.stringify(list.error)} ${JSON.stringify(told)}`);
      if (i % 50 === 25 && name === 'r0') {
        pids.add(holder(data));
        process.kill(holder(data), 'SIGTERM');
      }
    }
  };
  await Promise.all(relays.map((relay, i) => work(relay, `r${i}`)));
  equal(pids.size, 3, 'owners that were stopped');
  const { structuredContent: status } = await relays[1].tool('hone_status', { skill: 'weather' });
  equal(status.skills[0].feedback, 301, 'feedbacks');
  for (const relay of relays) {
    equal((await relay.close()).code, 0, `the exit code\n${relay.log}`);
  }
  await run(['stop', '--data', data]);
});

await test('after_hone_stop_the_next_message_starts_an_owner', async () => {
  const data = newData();
  const relay = new Relay({ data });
  await relay.tool('weather', { text: 'fog' });
  const before = holder(data);
  equal((await run(['stop', '--data', data])).code, 0, 'the exit code of hone stop');
  equal(owners(data), [], 'owners');
  await relay.tool('weather', { text: 'fog' });
  check(holder(data) !== before, 'the owner is the same');
  await relay.close();
  await run(['stop', '--data', data]);
});
finish();
