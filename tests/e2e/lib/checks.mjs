// A small test runner: named tests that run one after the other, and comparisons that say what
// they saw. A script ends with `await finish()`.
import { isDeepStrictEqual } from 'node:util';

let nPassed = 0;
const failures = [];
const only = process.env.HONE_ONLY; // a part of a test's name, for work on one test

export class CheckError extends Error {}

export function check(condition, message) {
  if (!condition) {
    throw new CheckError(message);
  }
}

const show = (value) => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 600 ? `${text.slice(0, 600)}...` : text;
};

export function equal(got, wanted, what) {
  check(isDeepStrictEqual(got, wanted), `${what}: got ${show(got)}, wanted ${show(wanted)}`);
}

export function matches(text, pattern, what) {
  check(pattern.test(String(text)), `${what}: ${show(text)} does not match ${pattern}`);
}

// Runs one named test; a failure is noted and the next test runs.
export async function test(name, body) {
  if (only !== undefined && !name.includes(only)) {
    return;
  }
  const started = Date.now();
  try {
    await body();
    nPassed += 1;
    console.log(`ok      ${name} (${Date.now() - started} ms)`);
  } catch (error) {
    failures.push(name);
    console.log(`FAILED  ${name}`);
    console.log(`        ${error instanceof CheckError ? error.message : error.stack}`);
  }
}

export function skip(name, why) {
  console.log(`skipped ${name}: ${why}`);
}

export function failedSoFar() {
  return failures.length > 0;
}

export function finish() {
  console.log(`${nPassed} passed, ${failures.length} failed`);
  for (const name of failures) {
    console.log(`  failed: ${name}`);
  }
  process.exit(failures.length === 0 && nPassed > 0 ? 0 : 1);
}
