// Our validator against two others, which were written by others: first the written cases, whose
// verdicts are known, then random schemas and instances; and our regular expressions against those
// of JavaScript.
import fs from 'node:fs';
import path from 'node:path';
import { check, equal, finish, test } from '../e2e/lib/checks.mjs';
import { generate, generatePatterns } from './generate.mjs';
import { createAjv, judgeWithAjv, judgeWithHyperjump, judgeWithOurs } from './oracle.mjs';
import { AJV_ON_RANDOM, CHOICES, DEVIATIONS } from './exceptions.mjs';

const CASES = path.join(process.env.HONE_SOURCE_DIR, 'tests', 'schema', 'cases');
const N_CASES_MIN = 900; // instances: that none gets lost
const SEED = 20201202;
const SEEDS = process.env.HONE_LONG === '1' ? [SEED, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] : [SEED];
const N_SCHEMAS = 2400;
const N_PATTERNS = 10000;
const N_SHOWN = 10;

const ajv = createAjv();
const textOf = (value) => JSON.stringify(value);
const lineOf = ({ schema, instance }) => `{"schema":${schema},"instance":${instance}}`;

// {about, schema, instance, wanted} of every instance; schema and instance as JSON text, since
// 1.0 and 1 are one in JavaScript.
function* instancesOf(row) {
  const common = { about: row.about, schema: row.schema_text ?? textOf(row.schema) };
  for (const wanted of ['valid', 'invalid']) {
    for (const instance of [...(row[wanted] ?? []).map(textOf), ...(row[`${wanted}_text`] ?? [])]) {
      yield { ...common, instance, wanted };
    }
  }
  if (row.refused !== undefined) {
    yield { ...common, instance: 'null', wanted: 'refused', words: row.refused };
  }
}

// What is wrong about an answer of ours, or undefined.
function complaint(row, ours) {
  if (ours.verdict !== row.wanted) {
    return `ours says ${ours.verdict} (${ours.reason}), wanted ${row.wanted}`;
  }
  if (row.words !== undefined && !ours.reason.includes(row.words)) {
    return `the reason lacks "${row.words}": ${ours.reason}`;
  }
  return undefined;
}

let nInstances = 0;
const lists = [CHOICES, ...Object.values(DEVIATIONS)];
const unused = new Map(lists.map((list) => [list, new Set(list.keys())]));

// What is wrong about an answer of another judge: it differs, and no exception is listed.
function complaintAbout(judge, row, verdict) {
  if (verdict === row.wanted) {
    return undefined;
  }
  const exceptions = [CHOICES, DEVIATIONS[judge]].filter((list) => list.has(row.about));
  exceptions.forEach((list) => unused.get(list).delete(row.about));
  return exceptions.length > 0 ? undefined : `${judge} says ${verdict}, wanted ${row.wanted}`;
}

for (const file of fs.readdirSync(CASES).sort()) {
  await test(`cases: ${file}`, async () => {
    const wrong = [];
    const rows = [];
    for (const written of JSON.parse(fs.readFileSync(path.join(CASES, file), 'utf8'))) {
      const instances = [...instancesOf(written)];
      const schema = JSON.parse(instances[0].schema);
      const byAjv = judgeWithAjv(ajv, schema);
      const byHyperjump = await judgeWithHyperjump(schema);
      for (const row of instances) {
        const instance = JSON.parse(row.instance);
        rows.push({ ...row, ajv: byAjv(instance), hyperjump: byHyperjump(instance) });
      }
    }
    judgeWithOurs(rows.map(lineOf)).forEach((ours, i) => {
      const row = rows[i];
      const complaints = [complaint(row, ours), complaintAbout('ajv', row, row.ajv),
        complaintAbout('hyperjump', row, row.hyperjump)];
      wrong.push(...complaints.filter((text) => text !== undefined)
        .map((text) => `${text}: ${row.about}: ${row.schema} on ${row.instance}`));
    });
    nInstances += rows.length;
    check(wrong.length === 0, `\n${wrong.join('\n')}`);
  });
}

await test('the table is whole', () => {
  check(nInstances >= N_CASES_MIN, `${nInstances} instances`);
  equal([...unused.values()].flatMap((abouts) => [...abouts]), [], 'exceptions that are not needed');
});

const unneeded = new Set(AJV_ON_RANDOM);

// The instances of random schemas with the verdicts of the two others.
async function judgeRandom(seed) {
  const rows = [];
  for (const { schema, instances } of generate(seed, N_SCHEMAS)) {
    const byAjv = judgeWithAjv(ajv, schema);
    const byHyperjump = await judgeWithHyperjump(schema, { isTrusted: true });
    for (const instance of instances) {
      const verdicts = { ajv: byAjv(instance), hyperjump: byHyperjump(instance) };
      const exception = verdicts.ajv === verdicts.hyperjump ? undefined
        : AJV_ON_RANDOM.find(({ applies }) => applies(schema, instance, verdicts.ajv));
      rows.push({ schema: textOf(schema), instance: textOf(instance), exception, ...verdicts });
    }
  }
  return rows;
}

function showPair({ schema, instance, ajv, hyperjump, ours }) {
  return `ajv ${ajv}, hyperjump ${hyperjump}, ours ${ours.verdict} (${ours.reason}): ` +
    `${schema} on ${instance}`;
}

function shortest(rows, show) {
  return rows.sort((a, b) => show(a).length - show(b).length).slice(0, N_SHOWN).map(show).join('\n');
}

for (const seed of SEEDS) {
  await test(`random: ${N_SCHEMAS} schemas from seed ${seed}`, async () => {
    const rows = await judgeRandom(seed);
    judgeWithOurs(rows.map(lineOf)).forEach((ours, i) => {
      rows[i].ours = ours;
    });
    const wrong = rows.filter((row) => row.ours.verdict !== row.hyperjump ||
      (row.ajv !== row.ours.verdict && row.exception === undefined));
    const excepted = rows.filter((row) => row.ajv !== row.ours.verdict && row.exception !== undefined);
    const nValid = rows.filter((row) => row.ours.verdict === 'valid').length;
    console.log(`        ${rows.length} pairs, ${nValid} valid, ajv excepted on ${excepted.length}`);
    check(wrong.length === 0, `${wrong.length} differ:\n${shortest(wrong, showPair)}`);
    check(rows.length >= 20000, `${rows.length} pairs`);
    check(nValid > rows.length / 5 && nValid < (rows.length * 4) / 5, `${nValid} valid`);
    check(excepted.length < rows.length / 100, `ajv is excepted on ${excepted.length}`);
    excepted.forEach((row) => unneeded.delete(row.exception));
  });
}

await test('ajv is wrong where it is excepted', () => {
  equal([...unneeded].map(({ about }) => about), [], 'exceptions that are not needed');
});

// With the flag u no match begins between two surrogates (ECMA-262, 22.2.7.2). In Node.js one does,
// as of /\B/u on an emoji: there is no verdict then.
const isInsidePair = (text, at) => at > 0 && text.codePointAt(at - 1) > 0xffff;

for (const seed of SEEDS) {
  await test(`random: ${N_PATTERNS} regular expressions from seed ${seed}`, () => {
    const rows = [];
    for (const { pattern, texts } of generatePatterns(seed, N_PATTERNS)) {
      const expression = new RegExp(pattern, 'u');
      for (const text of texts) {
        const match = expression.exec(text);
        if (match === null || !isInsidePair(text, match.index)) {
          rows.push({ pattern, text, theirs: match !== null ? 'valid' : 'invalid' });
        }
      }
    }
    judgeWithOurs(rows.map(({ pattern, text }) =>
      lineOf({ schema: textOf({ pattern }), instance: textOf(text) }))).forEach((ours, i) => {
      rows[i].ours = ours;
    });
    const slow = rows.filter(({ ours }) => ours.verdict === 'limit');
    const wrong = rows.filter(({ ours, theirs }) => ours.verdict !== theirs && ours.verdict !== 'limit');
    const nValid = rows.filter(({ theirs }) => theirs === 'valid').length;
    console.log(`        ${rows.length} pairs, ${nValid} match, ${slow.length} too slow`);
    check(wrong.length === 0, `${wrong.length} differ:\n${shortest(wrong, (row) =>
      `JavaScript ${row.theirs}, ours ${row.ours.verdict} (${row.ours.reason}): ` +
      `${textOf(row.pattern)} on ${textOf(row.text)}`)}`);
    check(slow.length < rows.length / 1000, `${slow.length} are too slow`);
    check(nValid > rows.length / 5 && nValid < (rows.length * 4) / 5, `${nValid} match`);
  });
}

finish();
