// The official conformance suite against hone: what each revision requires, what the suite runs
// beside it without scoring, what it has for older revisions, and the skills extension. Fails when a
// scenario did not run, did not pass, or passed with warnings.
//
// Runs in the folder in which tools/test-clients.sh installed the suite. Its reports stay in
// BUILD/conformance, a summary of them in report.json there.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const sourceFolder = process.env.HONE_SOURCE_DIR;
const lib = (name) => import(pathToFileURL(path.join(sourceFolder, 'tests/e2e/lib', name)).href);
const { buildFolder, start } = await lib('server.mjs');

const RUN_MS = 600000;
const suiteFolder = path.resolve('node_modules/@modelcontextprotocol/conformance');
const results = path.join(buildFolder, 'conformance');
const modern = '2026-07-28';

// Scenarios that the suite itself passes over, whatever the server.
const NEVER_RUN = ['tasks-status-notifications'];

const scenario = (name) => ['--scenario', name, '--spec-version', modern, '--force'];
// name of the set, the runs of the suite that make it, the file that says what is required.
const sets = [
  ['2025-11-25', [['--requirements', '2025-11-25']], '2025-11-25.yaml'],
  [modern, [['--requirements', modern]], `${modern}.yaml`],
  ...['2025-03-26', '2025-06-18'].map((version) => [version, [['--suite', 'all', '--spec-version', version]]]),
  ['skills', ['enumeration', 'manifest', 'directory'].map((part) => scenario(`sep-2640-skills-${part}`))],
];

// What a file of requirements names: below "server:", and what is to run beside it.
function readRequirements(file) {
  if (file === undefined) {
    return { required: [], beside: [] };
  }
  const text = fs.readFileSync(path.join(suiteFolder, 'requirements', file), 'utf8');
  const list = /^server:\n((?: {2}- .*\n)+)/m.exec(text)?.[1];
  if (list === undefined) {
    throw new Error(`${file} has no list "server"`);
  }
  return {
    required: list.trim().split('\n').map((line) => line.replace(/^\s*- /, '').trim()),
    beside: [...text.matchAll(/- scenario: (\S+)\n\s+leg: server\n/g)].map((found) => found[1]),
  };
}

function runSuite(args, log) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(suiteFolder, 'dist/index.js'), 'server', ...args],
      { stdio: ['ignore', log, log], timeout: RUN_MS });
    child.on('error', reject);
    child.on('exit', resolve);
  });
}

// [{name, checks}] of the reports in a folder: RESULTS/server-NAME-TIME/checks.json.
function readReports(folder) {
  const found = [];
  for (const entry of fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []) {
    const file = path.join(folder, entry, 'checks.json');
    const name = /^server-(.*?)-\d{4}-\d\d-\d\dT/.exec(entry)?.[1];
    if (name !== undefined && fs.existsSync(file)) {
      found.push({ name, checks: JSON.parse(fs.readFileSync(file, 'utf8')) });
    }
  }
  return found;
}

const count = (checks, status) => checks.filter((check) => check.status === status).length;

function judge(set, required, { name, checks }) {
  const row = {
    set,
    scenario: name,
    required: required.includes(name),
    passed: count(checks, 'SUCCESS'),
    failed: count(checks, 'FAILURE'),
    warnings: count(checks, 'WARNING'),
    skipped: count(checks, 'SKIPPED'),
    problems: checks.filter((check) => check.status === 'FAILURE' || check.status === 'WARNING')
      .map((check) => `${check.status.toLowerCase()} ${check.id}: ${check.errorMessage ?? check.description}`),
  };
  row.ok = row.failed === 0 && row.warnings === 0 && (row.passed > 0 || NEVER_RUN.includes(name));
  return row;
}

async function runSet([set, runs, requirements], url) {
  const folder = path.join(results, set);
  const { required, beside } = readRequirements(requirements);
  fs.mkdirSync(folder, { recursive: true });
  const log = fs.openSync(path.join(folder, 'suite.log'), 'w');
  for (const args of runs) {
    await runSuite(['--url', url, ...args, '-o', folder], log);
  }
  fs.closeSync(log);
  const rows = readReports(folder).map((report) => judge(set, required, report));
  const wanted = [...required, ...beside].concat(runs.flatMap((args) => (args[0] === '--scenario' ? [args[1]] : [])));
  for (const name of wanted.filter((one) => !rows.some((row) => row.scenario === one))) {
    rows.push({ set, scenario: name, required: required.includes(name), passed: 0, failed: 0, warnings: 0, skipped: 0,
      problems: ['it did not run'], ok: false });
  }
  return rows;
}

function print(rows) {
  for (const row of rows) {
    const counts = `${String(row.passed).padStart(3)} passed, ${row.failed} failed, ${row.warnings} warnings, ${row.skipped} skipped`;
    console.log(`${row.ok ? 'ok    ' : 'FAILED'}  ${row.set.padEnd(11)} ${row.required ? 'required' : 'beside  '}  `
      + `${row.scenario.padEnd(48)} ${counts}`);
    for (const problem of row.problems) {
      console.log(`          ${problem}`);
    }
  }
}

fs.rmSync(results, { recursive: true, force: true });
const server = await start({ skills: [path.join(sourceFolder, 'examples')], args: ['--conformance'] });
const rows = [];
for (const set of sets) {
  rows.push(...await runSet(set, server.url));
}
await server.stopWell();
fs.writeFileSync(path.join(results, 'report.json'), `${JSON.stringify(rows, null, 2)}\n`);
print(rows);
const bad = rows.filter((row) => !row.ok).length;
const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
console.log(`${rows.length - bad} scenarios passed, ${bad} failed; `
  + `${sum('passed')} checks passed, ${sum('failed')} failed, ${sum('warnings')} warnings, ${sum('skipped')} skipped`);
process.exit(bad === 0 && rows.length > 0 ? 0 : 1);
