// A server and a command that begin at the same moment on one data folder: both work, whichever of
// them has the folder first.
import { spawn } from 'node:child_process';
import { equal, finish, matches, test } from './lib/checks.mjs';
import { withTimeout } from './lib/peer.mjs';
import { binary, launch, testSkills } from './lib/server.mjs';
import { checkServes } from './lib/well.mjs';

const N_ROUNDS = 10;
const CALL_MS = 30000;

// Exit code and words of a command.
function run(words) {
  const child = spawn(binary, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, OPENBLAS_NUM_THREADS: '1' } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (part) => { text += part; });
  }
  const ended = new Promise((resolve) => child.on('close', (code) => resolve({ code, text })));
  return withTimeout(ended, CALL_MS, words[0]);
}

await test('a_server_and_a_call', async () => {
  let data;
  for (let i = 0; i < N_ROUNDS; i += 1) {
    const callFirst = i % 2 === 1 && data !== undefined;
    const words = () => ['call', '--data', data, '--skills', testSkills, 'weather', 'showers, take an umbrella'];
    const early = callFirst ? run(words()) : undefined;
    const server = launch({ data });
    data = server.data;
    const [called] = await Promise.all([early ?? run(words()), server.ready()]);
    equal(called.code, 0, `round ${i}: the exit code of the call\n${called.text}`);
    matches(called.text, /rain/, `round ${i}: the answer`);
    await checkServes(server);
    await server.stopWell();
  }
});
finish();
