// The Inspector's command line against hone: both eras, over stdio and over HTTP. It lists the tools
// and holds their schemas against what hosts and models take (--strict), calls a skill, and verifies
// the skills that are served, with their digests.
//
// Runs in the folder in which tools/test-clients.sh installed it.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const sourceFolder = process.env.HONE_SOURCE_DIR;
const lib = (name) => import(pathToFileURL(path.join(sourceFolder, 'tests/e2e/lib', name)).href);
const { check, equal, finish, test } = await lib('checks.mjs');
const { IDLE_MS, binary, makeFolder, start } = await lib('server.mjs');

const RUN_MS = 120000;
const skills = path.join(sourceFolder, 'examples');
const packageFolder = path.resolve('node_modules/@modelcontextprotocol/inspector');
const { bin } = JSON.parse(fs.readFileSync(path.join(packageFolder, 'package.json'), 'utf8'));
const program = path.join(packageFolder, bin['mcp-inspector']);
const home = makeFolder(); // it keeps files in its user's home

// Runs one method: {code, out, err}.
function inspect(target, era, words) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath,
      [program, '--cli', ...target, '--protocol-era', era, '--format', 'json', '--quiet', ...words],
      { stdio: ['ignore', 'pipe', 'pipe'], timeout: RUN_MS,
        env: { ...process.env, HOME: home, OPENBLAS_NUM_THREADS: '1' } });
    const seen = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => { seen.out += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { seen.err += text; });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...seen }));
  });
}

async function inspectWell(target, era, words) {
  const { code, out, err } = await inspect(target, era, words);
  equal(code, 0, `${words.join(' ')}: ${err}${out}`);
  return out;
}

async function checkAll(target, era) {
  const listed = JSON.parse(await inspectWell(target, era, ['--method', 'tools/list', '--strict']));
  const names = (listed.tools ?? listed.result?.tools).map((tool) => tool.name);
  check(names.includes('triage') && names.includes('feedback'), `the tools: ${names}`);
  const called = await inspectWell(target, era, ['--method', 'tools/call', '--tool-name', 'triage',
    '--tool-args-json', JSON.stringify({ text: 'The server is down since this morning' })]);
  check(/call_id/.test(called), `the call: ${called}`);
  const verified = await inspectWell(target, era,
    ['--method', 'skills/list', '--verify', '--require-digests']);
  check(/triage/.test(verified) && /route/.test(verified), `the skills: ${verified}`);
}

for (const era of ['legacy', 'modern']) {
  await test(`inspector_${era}_over_stdio`, async () => {
    await checkAll([binary, 'serve', '--stdio', '--skills', skills, '--data', path.join(makeFolder(), 'data'),
      '--idle-timeout-ms', String(IDLE_MS)], era);
  });
  await test(`inspector_${era}_over_http`, async () => {
    const server = await start({ skills: [skills] });
    await checkAll([server.url, '--transport', 'http'], era);
    await server.stopWell();
  });
}
finish();
