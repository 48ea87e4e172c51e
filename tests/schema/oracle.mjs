// The validators: ajv and hyperjump, which were written by others and work differently, and ours
// through the program schema-verdicts. ajv makes code that counts what has been evaluated as it
// runs; hyperjump collects annotations, as the specification describes it.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const build = process.env.HONE_BUILD_DIR;
const require = createRequire(path.join(build, 'schema-oracle', 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const Ajv = require('ajv/dist/2020').default;
const hyperjump = await load('@hyperjump/json-schema/draft-2020-12');
const { addKeyword, compile, getKeyword, getSchema, interpret } =
  await load('@hyperjump/json-schema/experimental');
const Instance = await load('@hyperjump/json-schema/instance/experimental');

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

// A number's digits and its power of ten.
function decimalOf(number) {
  const [digits, exponent] = number.toExponential().split('e');
  const [whole, fraction = ''] = digits.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

// Validation, 6.2.1: "division by this keyword's value results in an integer". Of decimals: ajv
// divides their binary neighbours, and hyperjump forgives a ten-millionth, so both use this.
function isMultiple(number, divisor) {
  const a = decimalOf(number);
  const b = decimalOf(divisor);
  const least = Math.min(a.exponent, b.exponent);
  const scaled = ({ digits, exponent }) => digits * 10n ** BigInt(exponent - least);
  return scaled(a) % scaled(b) === 0n;
}

export function createAjv() {
  const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });
  ajv.removeKeyword('multipleOf');
  return ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    validate: (divisor, number) => isMultiple(number, divisor),
  });
}

const multipleOf = getKeyword('https://json-schema.org/keyword/multipleOf');
addKeyword({
  ...multipleOf,
  interpret: (divisor, instance) =>
    Instance.typeOf(instance) !== 'number' || isMultiple(Instance.value(instance), divisor),
});

function attempt(validate) {
  try {
    return validate() ? 'valid' : 'invalid';
  } catch {
    return 'failed';
  }
}

// An instance's verdict: valid, invalid, or failed, as the code that ajv makes does at times;
// refused, when the schema is.
export function judgeWithAjv(ajv, schema) {
  try {
    const validate = ajv.compile(schema);
    return (instance) => attempt(() => validate(instance));
  } catch {
    return () => 'refused';
  } finally {
    ajv.removeSchema(typeof schema === 'object' ? schema : undefined);
  }
}

let nSchemas = 0;

// The same of hyperjump. Comparing a schema with its own schema takes most of the time, and is
// of use only for one that may have to be refused.
export async function judgeWithHyperjump(schema, { isTrusted = false } = {}) {
  const id = `https://schema.test/${nSchemas++}`;
  hyperjump.setShouldValidateSchema(!isTrusted);
  try {
    hyperjump.registerSchema(structuredClone(schema), id, DIALECT);
    const compiled = await compile(await getSchema(id));
    return (instance) => attempt(() => interpret(compiled, Instance.fromJs(instance)).valid);
  } catch {
    return () => 'refused';
  } finally {
    hyperjump.unregisterSchema(id);
  }
}

// The verdicts of ours on lines of {"schema": ..., "instance": ...}, in their order, with the
// reasons.
export function judgeWithOurs(lines) {
  const result = spawnSync(path.join(build, 'tests', 'schema', 'schema-verdicts'), [], {
    input: lines.map((line) => `${line}\n`).join(''),
    maxBuffer: 1 << 30,
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    throw new Error(`schema-verdicts ended with ${result.status}: ${result.stderr}`);
  }
  const answers = result.stdout.split('\n').slice(0, -1);
  if (answers.length !== lines.length) {
    throw new Error(`${lines.length} lines in, ${answers.length} out`);
  }
  return answers.map((answer) => {
    const [verdict, reason] = answer.split('\t');
    return { verdict, reason };
  });
}
