// Bad feedback: refused with cause and fix, stored never, and what is right is still taken.
import { check, equal, finish, matches, test } from '../lib/checks.mjs';
import { post } from '../lib/http.mjs';
import { start } from '../lib/server.mjs';
import { checkServes } from '../lib/well.mjs';

const server = await start();
const peer = await server.connect();

const newCall = async (skill = 'weather', args = { text: 'wet and grey' }) =>
  (await peer.tool(skill, args)).structuredContent.call_id;
// Feedback that is stored; the gate's verdicts, which come when they are ready, are not.
const stored = async () =>
  (await peer.request('hone/status', {})).skills.map((skill) => [skill.name, skill.feedback]);

// Wants isError with this code in _meta and these words, and nothing stored.
async function refused(args, code, message) {
  const before = await stored();
  const result = await peer.tool('feedback', args);
  equal(result.isError, true, 'isError');
  check(!('structuredContent' in result), 'an error has no structuredContent');
  equal(result._meta?.['io.github.hone/error']?.code, code, 'the code');
  matches(result.content[0].text, message, 'the text');
  equal(await stored(), before, 'the stored feedback');
}

function badFeedback(name, body) {
  return test(name, async () => {
    await body();
    const good = await peer.tool('feedback', { call_id: await newCall(), label: 'rain', wait: 'learned' });
    equal([good.structuredContent?.status, good.structuredContent?.learned], ['stored', true], 'good feedback');
    await checkServes(server);
  });
}

await badFeedback('unknown_call_id', () =>
  refused({ call_id: '01990000-0000-7000-8000-000000000000', label: 'rain' }, 'not_found', /unknown.*Fix: use the call_id of the result/s));
await badFeedback('call_id_that_is_none', () => refused({ call_id: 'the last one', label: 'rain' }, 'invalid', /call_id must be the id/));
await badFeedback('call_id_missing', () => refused({ label: 'rain' }, 'invalid', /call_id/));
await badFeedback('call_id_of_wrong_type', () => refused({ call_id: 5, label: 'rain' }, 'invalid', /call_id/));
await badFeedback('call_of_another_skill', async () =>
  refused({ call_id: await newCall(), skill: 'minimal', label: 'work' }, 'invalid', /answered by the skill weather, not by minimal/));
await badFeedback('label_of_another_skill', async () => refused({ call_id: await newCall(), label: 'work' }, 'invalid', /'?work'?/));
await badFeedback('label_misspelt_names_the_nearest', async () => refused({ call_id: await newCall(), label: 'rian' }, 'invalid', /rian.*rain/s));
await badFeedback('label_empty', async () => refused({ call_id: await newCall(), label: '' }, 'invalid', /label is missing/));
await badFeedback('label_of_wrong_type', async () => refused({ call_id: await newCall(), label: 3 }, 'invalid', /\/label: expected a string, got 3/));
await badFeedback('label_too_long', async () => refused({ call_id: await newCall(), label: 'x'.repeat(5000) }, 'limit', /label has 5000 bytes; at most/));
await badFeedback('labels_beyond_the_skills_limit_in_one_batch', async () => {
  const labels = ['alpha', 'Beta', 'gamma', 'delta', 'alpha', 'beta', 'epsilon'];
  const items = await Promise.all(labels.map(async (label) => ({ call_id: await newCall('open-topics'), label })));
  const { status, json } = await post(server.port, '/api/v1/feedback', items);
  equal(status, 200, 'the status');
  equal(json.results.map((result) => result.code ?? result.status),
    ['stored', 'stored', 'stored', 'invalid', 'stored', 'stored', 'invalid'], 'the results');
  matches(json.results[3].message, /no more than 3 labels are allowed/, 'the message');
});
await badFeedback('labels_beyond_the_skills_limit', async () => {
  for (const label of ['alpha', 'beta', 'gamma']) {
    await peer.tool('feedback', { call_id: await newCall('open-topics'), label, wait: 'learned' });
  }
  await refused({ call_id: await newCall('open-topics'), label: 'delta' }, 'invalid', /no more than 3 labels/);
});
await badFeedback('reward_out_of_range', async () => refused({ call_id: await newCall(), reward: 1.5 }, 'invalid', /reward must be from 0 to 1, got 1.5/));
await badFeedback('reward_negative', async () => refused({ call_id: await newCall(), reward: -0.1 }, 'invalid', /reward must be from 0 to 1, got -0.1/));
await badFeedback('reward_of_wrong_type', async () => refused({ call_id: await newCall(), reward: 'good' }, 'invalid', /\/reward: expected a number, got "good"/));
await badFeedback('reward_not_finite', async () => {
  const id = await newCall();
  const before = await stored();
  peer.sendLine(`{"jsonrpc":"2.0","id":"inf","method":"tools/call","params":{"name":"feedback","arguments":{"call_id":"${id}","reward":1e999}}}`);
  const answer = await peer.next();
  equal(answer.error?.code, -32600, 'the error code');
  equal(await stored(), before, 'the stored feedback');
});
await badFeedback('label_and_reward_together', async () => refused({ call_id: await newCall(), label: 'rain', reward: 1 }, 'invalid', /a reward for one label is for skills that give sets/));
await badFeedback('label_and_value_together', async () => refused({ call_id: await newCall(), label: 'rain', value: 1 }, 'invalid', /only one of/));
await badFeedback('a_set_for_a_skill_of_single_labels', async () => refused({ call_id: await newCall(), labels: ['rain', 'sun'] }, 'invalid', /gives one label for each call/));
await badFeedback('nothing_said', async () => refused({ call_id: await newCall() }, 'invalid', /nothing is said.*label, labels, value, reward, correction, choice, order or comment/));
await badFeedback('unknown_key_names_the_nearest', async () => refused({ call_id: await newCall(), lable: 'rain' }, 'invalid', /unknown key "lable".*label/));
await badFeedback('comment_too_long', async () => refused({ call_id: await newCall(), comment: 'x'.repeat(20000) }, 'limit', /comment has 20000 bytes/));
await badFeedback('wait_for_something_else', async () => refused({ call_id: await newCall(), label: 'rain', wait: 'forever' }, 'invalid', /expected one of "stored", "learned", got "forever"/));
await badFeedback('label_for_a_skill_that_does_not_learn', async () => {
  const result = await peer.tool('guide', {});
  const id = result._meta?.['io.github.hone/call_id'];
  check(typeof id === 'string', 'a guide names its call in _meta');
  await refused({ call_id: id, label: 'rain' }, 'invalid', /does not learn/);
});
await badFeedback('idempotency_key_used_for_something_else', async () => {
  const id = await newCall();
  const first = await peer.tool('feedback', { call_id: id, label: 'rain', idempotency_key: 'k', wait: 'learned' });
  const again = await peer.tool('feedback', { call_id: id, label: 'rain', idempotency_key: 'k' });
  equal(again.structuredContent.status, 'duplicate', 'the same again');
  equal(again.structuredContent.feedback_id, first.structuredContent.feedback_id, 'its id');
  await refused({ call_id: id, label: 'sun', idempotency_key: 'k' }, 'exists', /key was used for another.*Fix: use a new key/s);
});
await badFeedback('bad_ones_among_good_ones_over_http', async () => {
  const { status, json } = await post(server.port, '/api/v1/feedback', [
    { call_id: await newCall(), label: 'rain' },
    { call_id: await newCall(), label: 'rian' },
    { call_id: '01990000-0000-7000-8000-000000000000', label: 'rain' },
    17,
    { call_id: await newCall(), reward: 0 },
  ]);
  equal(status, 200, 'the status');
  equal(json.results.map((result) => result.code ?? result.status), ['stored', 'invalid', 'not_found', 'invalid', 'stored'], 'the results');
  matches(json.results[2].hint, /call_id/, 'the hint');
});

await test('the_server_ends_well_after_all_this', async () => {
  peer.close();
  await server.stopWell();
});
finish();
