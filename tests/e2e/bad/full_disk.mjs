// A full disk: feedback is refused with a clear error, calls are answered, and when there is room
// again everything goes on. The disk is a limit on the size of files, lifted by prlimit.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { check, equal, finish, matches, test } from '../lib/checks.mjs';
import { makeFolder, start, startFailing } from '../lib/server.mjs';
import { checkServes } from '../lib/well.mjs';

const LIMIT_KIB = 1024;
const COMMENT = 'x'.repeat(16000);
const FEEDBACKS_MAX = 2000;

if (spawnSync('prlimit', ['--version']).status !== 0) {
  console.log('full_disk: prlimit is not installed');
  process.exit(77);
}

// Words that start a program whose files cannot grow beyond so many KiB.
function limitedTo(kib) {
  return ['bash', '-c', `ulimit -S -f ${kib}; exec "$@"`, 'bash'];
}

const server = await start({
  wrap: limitedTo(LIMIT_KIB),
  args: ['--keep-versions', '2'],
});
const peer = await server.connect();
const acknowledged = [];
let refusal;

const giveFeedback = async (text) => {
  const { structuredContent } = await peer.tool('weather', { text });
  const feedback = { call_id: structuredContent.call_id, comment: COMMENT };
  return { feedback, result: await peer.tool('feedback', feedback) };
};

await test('feedback_is_refused_with_a_clear_error', async () => {
  for (let i = 0; i < FEEDBACKS_MAX && refusal === undefined; i += 1) {
    const { feedback, result } = await giveFeedback(`cloudy number ${i}`);
    if (result.isError) {
      refusal = result;
    } else {
      acknowledged.push({ feedback, given: result.structuredContent });
    }
  }
  check(refusal !== undefined, `${FEEDBACKS_MAX} feedbacks went into ${LIMIT_KIB} KiB`);
  check(acknowledged.length > 0, 'none was taken before');
  equal(refusal._meta['io.github.hone/error'].code, 'full', 'the code');
  matches(refusal.content[0].text, /space|full|large/i, 'the text');
});
await test('calls_are_answered_all_the_while', async () => {
  await checkServes(server);
  for (let i = 0; i < 20; i += 1) {
    const { result } = await giveFeedback(`still cloudy ${i}`);
    equal(result.isError, true, 'further feedback');
  }
  await checkServes(server);
});
await test('feedback_is_taken_when_there_is_room_again', async () => {
  const lifted = spawnSync('prlimit', ['--pid', String(server.pid), '--fsize=unlimited:']);
  equal(lifted.status, 0, `prlimit: ${lifted.stderr}`);
  const { result } = await giveFeedback('room again');
  check(result.isError !== true, result.content[0].text);
  const { structuredContent } = await peer.tool('weather', { text: 'fog' });
  const learnt = await peer.tool('feedback', { call_id: structuredContent.call_id, label: 'rain', wait: 'learned' });
  equal(learnt.structuredContent?.learned, true, 'learned');
  await checkServes(server);
});
await test('what_was_acknowledged_is_there_after_a_restart', async () => {
  peer.close();
  await server.stopWell();
  const again = await start({ data: server.data });
  const second = await again.connect();
  for (const { feedback, given } of acknowledged) {
    const { structuredContent } = await second.tool('feedback', feedback);
    equal([structuredContent?.status, structuredContent?.feedback_id, structuredContent?.position],
      ['duplicate', given.feedback_id, given.position], 'the same feedback again');
  }
  second.close();
  await checkServes(again);
  await again.stopWell();
});
await test('a_start_without_room_is_refused_and_leaves_nothing_broken', async () => {
  const data = path.join(makeFolder(), 'data');
  const { code, signal, log } = await startFailing({ data, wrap: limitedTo(4) });
  check(code !== 0 && signal === null, `the server ended with ${code ?? signal}`);
  matches(log, /space|full|large/i, 'what was said');
  const again = await start({ data });
  await checkServes(again);
  await again.stopWell();
});
finish();
