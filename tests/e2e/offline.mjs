// Training, evaluation and import from files: the same rows give the same weights, however the
// training is interrupted and whoever does it; bad rows are said with their line.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { check, equal, finish, matches, test } from './lib/checks.mjs';
import { binary, makeFolder, start, testSkills } from './lib/server.mjs';

const N_ROWS = 1500;
const skills = path.join(testSkills, 'weather');
const words = {
  sun: ['picnic', 'bright', 'blue', 'beach', 'heat'],
  rain: ['boots', 'drops', 'puddle', 'drizzle', 'grey'],
  snow: ['skis', 'sledge', 'mittens', 'flakes', 'icy'],
};
const labels = Object.keys(words);

// Numbers that depend on nothing but their place.
function* numbers() {
  let state = 12345;
  for (;;) {
    state = (state * 1103515245 + 12345) % 2147483648;
    yield state;
  }
}

function makeRows(n) {
  const random = numbers();
  const next = (max) => Math.floor(random.next().value / 65536) % max;
  return Array.from({ length: n }, (_, i) => {
    const label = labels[next(labels.length)];
    const said = Array.from({ length: 4 }, () => words[next(8) === 0 ? labels[next(3)] : label][next(5)]);
    return { text: `${said.join(' ')} day ${i}`, label };
  });
}

const folder = makeFolder();
const write = (name, content) => {
  const file = path.join(folder, name);
  fs.writeFileSync(file, content);
  return file;
};
const lines = (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const training = write('train.jsonl', lines(makeRows(N_ROWS)));
const held = write('test.jsonl', lines(makeRows(N_ROWS + 500).slice(N_ROWS)));

function launch(args) {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const result = { child, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => { result.out += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { result.err += text; });
  result.ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(Object.assign(result, { code, signal })));
  });
  return result;
}

const run = (...args) => launch(args).ended;

async function json(...args) {
  const { code, out, err } = await run(...args, '--json');
  equal(code, 0, `exit code of hone ${args.join(' ')}\n${err}`);
  return JSON.parse(out);
}

const place = (data) => ['--skills', skills, '--data-folder', data];
// Two batches are taught, then one is held out.
const trainArgs = (data) => ['train', 'weather', '--data', training, ...place(data), '--hold-out', '20'];
const train = (data, ...more) => json(...trainArgs(data), ...more);
const evaluate = (data, ...more) => json('eval', 'weather', '--data', held, ...place(data), ...more);

// All that says what was learnt: the served state, and the versions on the way.
async function learnt(data) {
  const { digest, figures } = await evaluate(data);
  const { versions } = await json('versions', 'weather', '--skills', skills, '--data', data);
  return { digest, figures, versions: versions.map(({ number, status, position, tensors }) => ({ number, status, position, tensors })) };
}

const newData = () => path.join(makeFolder(), 'data');
const reference = newData();
let wanted;

await test('rows_are_taught_and_the_held_out_ones_decide', async () => {
  const report = await train(reference);
  equal(report.taught + report.held_out, N_ROWS, 'rows');
  equal([report.stored, report.known, report.bad], [N_ROWS, 0, 0], 'stored, known, bad');
  check(Math.abs(report.held_out - N_ROWS / 5) < 80, `held out ${report.held_out}`);
  check(report.live > 1, `live is version ${report.live}`);
  const [{ evidence }] = report.versions;
  check(evidence.served_accuracy > evidence.anchor_accuracy, `accuracy ${evidence.anchor_accuracy} to ${evidence.served_accuracy}`);
  wanted = await learnt(reference);
  check(wanted.figures.accuracy > 0.85, `accuracy ${wanted.figures.accuracy}`);
});

await test('the_same_training_gives_the_same_weights', async () => {
  const data = newData();
  await train(data);
  equal(await learnt(data), wanted, 'second training');
});

await test('once_more_it_changes_nothing', async () => {
  const report = await train(reference);
  equal([report.stored, report.known], [0, N_ROWS], 'stored, known');
  equal(await learnt(reference), wanted, 'after it');
});

await test('under_another_name_the_rows_are_learnt_again', async () => {
  const data = newData();
  const few = ['train', 'weather', '--data', write('few.jsonl', lines(makeRows(30))), ...place(data)];
  equal((await json(...few)).stored, 30, 'first');
  equal((await json(...few)).known, 30, 'again');
  equal((await json(...few, '--run', 'second')).stored, 30, 'under another name');
});

await test('a_text_is_evidence_once', async () => {
  const data = newData();
  const rows = makeRows(600);
  const teach = (name, taught, ...more) => json('train', 'weather', '--data', write(name, lines(taught)), ...place(data), '--hold-out', '50', ...more);
  const pairs = async () => (await json('status', '--skills', skills, '--data', data)).skills[0].evidence.pairs;
  check((await teach('once.jsonl', rows)).live > 1, 'the first training became no version');
  const before = await pairs();
  for (const report of [
    await teach('once.jsonl', rows, '--run', 'second'),
    await teach('again.jsonl', rows.map(({ text, label }) => ({ text: text.toUpperCase(), label, weight: 2 }))),
  ]) {
    equal([report.stored, report.versions], [600, []], 'rows learnt again, versions of them');
    equal(await pairs(), before, 'evidence of texts that were known');
  }
  const taught = write('taught.jsonl', lines([...rows, ...rows.map((row) => ({ ...row, label: 'snow', weight: 3, comment: 'otherwise' }))]));
  const { code, err } = await run('eval', 'weather', '--data', taught, ...place(data));
  equal(code, 2, 'exit code');
  matches(err, /was taught every row/, 'texts that were taught with another answer, or twice in the file');
});

// Kills the server in the middle of a training, as soon as its log has so many events.
async function killAt(data, position) {
  const server = await start({ data, skills: [skills] });
  const command = launch(trainArgs(data));
  const peer = await server.connect();
  for (let end = 0; end < position;) {
    ({ skills: [{ log_end: end }] } = await peer.request('hone/status', { skill: 'weather' }));
  }
  await server.kill();
  peer.close();
  const { code } = await command.ended;
  equal(code, 4, 'exit code of the training whose server died');
}

await test('killed_and_started_again_it_gives_the_same_weights', async () => {
  const data = newData();
  await killAt(data, 900);
  await killAt(data, 1100);
  const report = await train(data);
  console.log(`        the last training found ${report.known} of ${N_ROWS} rows`);
  check(report.known >= 1000 && report.known < N_ROWS, 'the kills were not in the middle');
  equal(await learnt(data), wanted, 'after the kills');
});

await test('through_a_server_it_gives_the_same_weights', async () => {
  const server = await start({ skills: [skills] });
  await train(server.data);
  const { digest, figures } = await evaluate(server.data);
  equal({ digest, figures }, { digest: wanted.digest, figures: wanted.figures }, 'of the server');
  await server.stopWell();
  equal(await learnt(server.data), wanted, 'after the server');
});

await test('a_skill_that_is_unloaded_meanwhile_gets_the_same_weights', async () => {
  const server = await start({ skills: [skills], args: ['--skill-idle-ms', '1'] });
  await train(server.data);
  const { digest, figures } = await evaluate(server.data);
  equal({ digest, figures }, { digest: wanted.digest, figures: wanted.figures }, 'of the server');
  await server.stopWell();
});

await test('the_number_of_jobs_changes_no_byte', async () => {
  const seen = new Set();
  for (const jobs of ['1', '2', '4', '7']) {
    const csv = path.join(folder, `jobs-${jobs}.csv`);
    const { out, code } = await run('eval', 'weather', '--data', held, ...place(reference), '--jobs', jobs, '--csv', csv, '--learning-curve');
    equal(code, 0, 'exit code');
    seen.add(out + fs.readFileSync(csv, 'utf8'));
  }
  equal(seen.size, 1, 'different outputs');
  const [output] = seen;
  for (const name of ['accuracy', 'macro F1', 'log loss', 'ECE', 'most confused', 'learning curve', 'curve_accuracy,100,,', 'confusion,sun,sun,']) {
    check(output.includes(name), `${name} is missing in ${output}`);
  }
});

await test('a_version_can_be_evaluated', async () => {
  const first = await evaluate(reference, '--version', '1');
  equal(first.version, 1, 'version');
  check(first.figures.accuracy < wanted.figures.accuracy, `version 1 has ${first.figures.accuracy}`);
  const { code, err } = await run('eval', 'weather', '--data', held, ...place(reference), '--version', '99');
  equal(code, 7, 'exit code for a version that is not there');
  matches(err, /version 99/, 'message');
});

await test('rows_that_were_taught_are_left_out', async () => {
  const { code, err } = await run('eval', 'weather', '--data', training, ...place(reference));
  equal(code, 2, 'exit code');
  matches(err, /was taught every row/, 'message');
  const all = await json('eval', 'weather', '--data', training, ...place(reference), '--all');
  equal([all.figures.rows, all.taught], [N_ROWS, N_ROWS], 'with --all');
  const fresh = await json('eval', 'weather', '--data', training, ...place(reference), '--version', '1');
  equal([fresh.figures.rows, fresh.taught], [N_ROWS, 0], 'the version before the training');
  const mixed = write('mixed.jsonl', fs.readFileSync(training, 'utf8') + fs.readFileSync(held, 'utf8'));
  const some = await json('eval', 'weather', '--data', mixed, ...place(reference));
  equal([some.figures, some.taught], [wanted.figures, N_ROWS], 'a file with both');
});

await test('the_chart_fits_the_terminal', async () => {
  const show = (locale) => new Promise((resolve) => {
    const child = spawn(binary, ['eval', 'weather', '--data', held, ...place(reference), '--learning-curve'], { env: { ...process.env, LC_ALL: locale } });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
    child.on('close', () => resolve(out));
  });
  matches(await show('C.UTF-8'), /█{10}/, 'UTF-8');
  matches(await show('C'), /#{10}/, 'ASCII');
});

const bad = write('bad.jsonl', Buffer.concat([
  Buffer.from('{"text": "warm and bright", "label": "sun"}\n'),
  Buffer.from('{"text": "warm \u0000 bright", "label": "sun"}\n'),
  Buffer.from('{"text": "warm '), Buffer.from([0xff]), Buffer.from('", "label": "sun"}\n'),
  Buffer.from(`{"text": "${'x'.repeat(1100000)}", "label": "sun"}\n`),
  Buffer.from('{"text": "hail again", "label": "hail"}\n'),
  Buffer.from('{"text": "two answers", "label": "sun", "value": 3}\n'),
  Buffer.from('{"txt": "a slip of the pen", "label": "sun"}\n'),
  Buffer.from('{"input": {"texxt": "no such field"}, "label": "sun"}\n\n'),
  Buffer.from('{"text": "wet and grey", "label": "Rain"}\r\n'),
  Buffer.from('{"text": "cut off in the mid'),
]));

await test('bad_rows_are_said_with_their_line', async () => {
  const data = newData();
  const { code, out, err } = await run('train', 'weather', '--data', bad, ...place(data), '--hold-out', '0', '--json');
  equal(code, 0, `exit code\n${err}`);
  const report = JSON.parse(out);
  equal([report.stored, report.bad], [2, 8], 'stored, bad');
  for (const [line, what] of [[2, /./], [3, /0xff/], [4, /1048576 bytes/], [5, /hail/], [6, /one answer/], [7, /did you mean "text"/], [8, /texxt/], [11, /middle of this line/]]) {
    const said = err.split('\n').find((text) => text.startsWith(`${bad}:${line}: `));
    check(said !== undefined, `line ${line} is not in\n${err}`);
    matches(said, what, `line ${line}`);
  }
});

await test('strict_stops_at_the_first_bad_row', async () => {
  const data = newData();
  const { code, err } = await run('train', 'weather', '--data', bad, ...place(data), '--strict');
  equal(code, 2, 'exit code');
  matches(err, /bad\.jsonl:2: /, 'message');
  const { skills: [weather] } = await json('status', '--skills', skills, '--data', data);
  equal(weather.feedback, 0, 'rows that were learnt');
});

await test('files_that_cannot_be_used_are_refused', async () => {
  const data = newData();
  const missing = await run('train', 'weather', '--data', path.join(folder, 'none'), ...place(data));
  equal(missing.code, 7, 'a file that is not there');
  const other = await run('train', 'wether', '--data', training, ...place(data));
  matches(other.err, /did you mean weather/, 'a skill that is not there');
  const none = await run('eval', 'weather', '--data', write('empty.jsonl', '\n'), ...place(data));
  matches(none.err, /has no row/, 'a file without rows');
  const both = await run('eval', 'weather', ...place(data));
  matches(both.err, /--data or --policy is missing/, 'neither');
});

await test('what_is_imported_can_be_trained_and_evaluated', async () => {
  const rows = makeRows(300);
  const csv = write('rows.csv', ['what,said\r\n', ...rows.map(({ text, label }) => `${label},"${text}, ""really"""\r\n`)].join(''));
  const fasttext = write('rows.txt', rows.map(({ text, label }) => `__label__${label} ${text}\n`).join(''));
  const vw = write('rows.vw', rows.map(({ text, label }) => `${label} 2 |said ${text}\n`).join(''));
  for (const [file, args] of [[csv, ['--from', 'csv', '--label-column', 'what', '--text-column', 'said']], [fasttext, ['--from', 'fasttext']], [vw, ['--from', 'vw']]]) {
    const output = `${file}.jsonl`;
    const imported = await json('import', file, ...args, '--output', output);
    equal([imported.rows, imported.bad], [300, 0], file);
    const data = newData();
    const report = await json('train', 'weather', '--data', output, ...place(data));
    equal([report.stored, report.bad], [300, 0], `training on ${file}`);
    const { figures } = await json('eval', 'weather', '--data', held, ...place(data));
    check(figures.accuracy > 0.8, `accuracy ${figures.accuracy} after ${file}`);
  }
});

await test('sets_of_labels_are_imported_taught_and_measured', async () => {
  const topics = { noise: ['loud', 'street'], wifi: ['signal', 'slow'], staff: ['rude', 'desk'] };
  const names = Object.keys(topics);
  const random = numbers();
  const make = (i) => {
    const said = names.filter(() => random.next().value % 5 < 2);
    return `${said.map((name) => `__label__${name}`).join(' ')} ${said.flatMap((name) => topics[name]).join(' ')} stay ${i}\n`;
  };
  const all = Array.from({ length: 400 }, (_, i) => make(i)).filter((line) => line.startsWith('__'));
  const place = ['--skills', path.join(testSkills, '../../../examples/reviews'), '--data-folder', newData()];
  for (const [name, part] of [['sets', all.slice(50)], ['sets-test', all.slice(0, 50)]]) {
    const output = path.join(folder, `${name}.jsonl`);
    const imported = await json('import', write(`${name}.txt`, part.join('')), '--from', 'fasttext', '--labels', '--output', output);
    equal([imported.rows, imported.bad], [part.length, 0], name);
  }
  equal((await json('train', 'reviews', '--data', path.join(folder, 'sets.jsonl'), ...place)).bad, 0, 'bad rows');
  const report = await json('eval', 'reviews', '--data', path.join(folder, 'sets-test.jsonl'), ...place);
  check(report.figures.accuracy > 0.8 && report.figures.micro_f1 > 0.8, JSON.stringify(report.figures));
  check(report.figures.ece !== null && report.confusion === undefined, 'ECE, and no confusion');
  const noise = report.labels.find(({ label }) => label === 'noise');
  equal([noise.tp + noise.fn, noise.tp + noise.fp], [noise.rows, noise.answered], 'counts');
});

await test('a_demonstration_is_learnt_without_a_call', async () => {
  const server = await start({ skills: [skills] });
  const peer = await server.connect();
  const demonstrate = (feedback) => peer.tool('feedback', { skill: 'weather', wait: 'learned', ...feedback });
  for (let i = 0; i < 5; i += 1) {
    const { structuredContent: given } = await demonstrate({ input: { text: `fog in the valley ${i}` }, label: 'rain' });
    equal([given.status, given.learned, given.call_id], ['stored', true, undefined], 'a demonstration');
  }
  const { structuredContent: answer } = await peer.tool('weather', { text: 'fog in the valley' });
  equal(answer.label, 'rain', 'what was demonstrated');
  const { skills: [status] } = await peer.request('hone/status', { skill: 'weather' });
  equal([status.feedback, status.labelled, status.calls], [5, 0, 1], 'feedback, labelled calls, calls');
  const keyed = { input: { text: 'haze' }, label: 'sun', idempotency_key: 'k' };
  equal((await demonstrate(keyed)).structuredContent.status, 'stored', 'with a key');
  equal((await demonstrate(keyed)).structuredContent.status, 'duplicate', 'with the same key');
  for (const [feedback, what] of [
    [{ input: { text: 'x' }, label: 'hail' }, /hail/],
    [{ input: { text: 'x' }, comment: 'y' }, /right answer/],
    [{ input: { text: 'x' }, reward: 1 }, /output/],
    [{ input: { text: 3 }, label: 'sun' }, /input/],
    [{ input: { text: 'x' }, label: 'sun', call_id: answer.call_id }, /either call_id or input/],
    [{ input: { text: 'x' }, label: 'sun', skill: 'wether' }, /wether/],
    [{ input: { text: 'x' }, label: 'sun', barred: true }, /barred/],
    [{ input: { text: 'x' }, label: 'sun', source: 'train' }, /source train is for rows of files/],
  ]) {
    const refused = await demonstrate(feedback);
    equal(refused.isError, true, JSON.stringify(feedback));
    matches(refused.content[0].text, what, JSON.stringify(feedback));
  }
  peer.close();
  await server.stopWell();
});

await test('an_input_that_cannot_be_cut_is_refused', async () => {
  const order = path.join(makeFolder(), 'order');
  fs.mkdirSync(order);
  fs.writeFileSync(path.join(order, 'SKILL.md'), '---\nname: order\ndescription: Puts notes in order.\n---\nCall it.\n');
  fs.writeFileSync(path.join(order, 'skill.yaml'), 'format: 1\nkind: rank\n');
  const server = await start({ skills: [order], args: ['--record-input-bytes', '1024'] });
  const peer = await server.connect();
  const candidates = Array.from({ length: 50 }, (_, i) => ({ id: `note-${i}`, text: `about the weather of day ${i}` }));
  const refused = await peer.tool('feedback', { skill: 'order', input: { text: 'rain', candidates }, choice: 'note-3' });
  equal(refused.isError, true, 'a long list');
  matches(refused.content[0].text, /1024 bytes/, 'why');
  const taken = await peer.tool('feedback', {
    skill: 'order', input: { text: 'rain', candidates: candidates.slice(0, 5) }, choice: 'note-3', wait: 'learned' });
  equal(taken.structuredContent?.learned, true, 'a short one');
  peer.close();
  await server.stopWell();
});

await test('who_waits_for_the_same_skill_is_answered_once', async () => {
  const server = await start({ skills: [skills] });
  const peer = await server.connect();
  const bad = [{ input: { text: 3 }, label: 'sun', idempotency_key: 'k' }];
  const train = (rows) => peer.request('hone/train', { skill: 'weather', rows });
  const good = [{ input: { text: 'mist' }, label: 'rain', idempotency_key: 'm' }];
  const [first, second, state, third] = await Promise.all([
    train(bad), train(bad), peer.request('hone/state', { skill: 'weather' }), train(good)]);
  equal([first.refused.length, second.refused.length, third.stored], [1, 1, 1], 'what became of the rows');
  fs.rmSync(state.path);
  peer.close();
  await server.stopWell();
});

await test('what_a_gated_skill_withholds_is_not_measured', async () => {
  const gated = path.join(makeFolder(), 'weather');
  fs.cpSync(skills, gated, { recursive: true });
  fs.appendFileSync(path.join(gated, 'skill.yaml'), 'publish: gated\n');
  const server = await start({ skills: [gated] });
  const peer = await server.connect();
  const before = await peer.request('hone/state', { skill: 'weather' });
  const given = (await peer.tool('feedback', {
    skill: 'weather', input: { text: 'mist in the valley' }, label: 'rain', wait: 'learned' })).structuredContent;
  equal([given.learned, given.served], [true, false], 'what the feedback says');
  const after = await peer.request('hone/state', { skill: 'weather' });
  equal([after.position, after.version], [before.position, before.version], 'position and version of what answers');
  fs.rmSync(before.path);
  fs.rmSync(after.path);
  peer.close();
  await server.stopWell();
});

finish();
