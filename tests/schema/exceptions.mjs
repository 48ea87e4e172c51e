// Where the judges of compare.mjs differ from the specification (JSON Schema Core or Validation
// 2020-12), with its section, and where ours differs from all of them by choice.

// Written cases, by what they are about. The verdict in the table is the specification's.
const AJV = new Map([
  // Core 4.2.2: numbers are equal when they have the same mathematical value. In JavaScript
  // integers beyond 2^53 are rounded when they are read.
  ['const big integer that a double cannot hold', 'Core 4.2.2'],
  ['maximum and the integer after 2^53', 'Validation 6.2.2'],
  ['uniqueItems and integers that a double cannot tell apart', 'Core 4.2.2'],
  // ajv looks for keys along the prototype chain of JavaScript.
  ['required that is inherited elsewhere', 'Validation 6.5.3'],
  // An empty array contains nothing, whatever stands beside `contains`.
  ['contains beside prefixItems on an empty array', 'Core 10.3.1.3'],
  ['contains on an empty array behind one that fits', 'Core 10.3.1.3'],
  // One item is not two, whatever stands beside `contains`.
  ['contains beside prefixItems on a shorter array', 'Validation 6.4.5'],
  // ajv does not find an anchor at the top of a schema without $id.
  ['$anchor at the root', 'Core 8.2.2'],
  // A $dynamicRef that leads to no $dynamicAnchor is like a $ref. ajv's code fails at it.
  ['$dynamicRef to an $anchor', 'Core 8.2.3.2'],
  ['$dynamicRef by pointer', 'Core 8.2.3.2'],
  // `if` evaluates also when there is neither `then` nor `else`.
  ['unevaluatedProperties and an if alone', 'Core 10.2.2.1'],
  // What a schema that fails has evaluated is dropped; ajv keeps some of it.
  ['unevaluatedProperties drops branches in branches that fail', 'Core 7.7.1.2'],
  ['unevaluatedProperties drops a branch that refuses the rest', 'Core 7.7.1.2'],
  ['unevaluatedProperties in an if that does not fit', 'Core 7.7.1.2'],
  ['unevaluatedItems drops branches that do not fit', 'Core 7.7.1.2'],
  ['unevaluatedItems in a branch that fails', 'Core 7.7.1.2'],
  ['unevaluatedItems and an if that does not fit', 'Core 7.7.1.2'],
  // What does not apply evaluates nothing.
  ['unevaluatedProperties in a dependent schema that does not apply', 'Core 10.2.2.4'],
  ['unevaluatedItems and a dependent schema of objects', 'Core 10.2.2.4'],
  // A schema that fits has evaluated what its keywords did.
  ['unevaluatedItems and a branch that evaluates all', 'Core 11.2'],
  ['unevaluatedItems and contains true', 'Core 10.3.1.3, 11.2'],
  ['unevaluatedItems and an optional contains', 'Core 10.3.1.3, 11.2'],
  // The code that ajv makes ends with an error.
  ['patternProperties beside a branch of an if that does not apply', 'Core 10.3.2.2'],
  // contains evaluates the items that it fits, not all of them.
  ['unevaluatedItems leaves what contains does not fit', 'Core 10.3.1.3, 11.2'],
  ['unevaluatedItems with contains, refusing the rest', 'Core 10.3.1.3, 11.2'],
]);

// Cases that ours refuses or accepts by choice, as docs/schema.md says.
export const CHOICES = new Map([
  ['additionalItems of older dialects', 'refused, or it would be ignored silently'],
  ['dependencies of older dialects', 'refused, or it would be ignored silently'],
  ['$id below the top', 'refused: a schema is one document'],
  ['$ref to what is no schema', 'refused: ajv looks at it only when it is needed'],
  ['pattern lookbehind without a fixed length', 'refused: PCRE2 has none'],
  ['pattern surrogate pair escape', 'refused: PCRE2 reads code points'],
  ['pattern Unicode category by long name', 'refused: PCRE2 has the short ones'],
  ['pattern dot and the controls that PCRE2 ends lines at', 'docs/schema.md'],
  ['pattern with a closing brace alone', 'accepted, though not with the flag u'],
  ['pattern with punctuation escaped', 'accepted, though not with the flag u'],
  ['pattern with a hyphen behind a class', 'accepted, though not with the flag u'],
]);

const HYPERJUMP = new Map([
  // Integers beyond 2^53 are rounded when JavaScript reads them.
  ['const big integer that a double cannot hold', 'Core 4.2.2'],
  ['maximum and the integer after 2^53', 'Validation 6.2.2'],
  ['uniqueItems and integers that a double cannot tell apart', 'Core 4.2.2'],
  // An anchor must begin with a letter or an underscore; what one means that is given twice is
  // undefined. hyperjump looks at neither, ours and ajv refuse both.
  ['$anchor that begins with a digit', 'Core 8.2.2'],
  ['$anchor given twice', 'Core 8.2.2'],
  // "This array SHOULD have at least one element": ours and ajv refuse an empty one.
  ['enum of nothing', 'Validation 6.1.2'],
]);

export const DEVIATIONS = { ajv: AJV, hyperjump: HYPERJUMP };

// The schemas that are applied to the same value as a schema, that one included.
function* inPlace(schema, root) {
  if (typeof schema !== 'object' || schema === null) {
    return;
  }
  yield schema;
  const { two } = root.$defs ?? {};
  const target = { '#/$defs/one': root.$defs?.one, '#/$defs/two': two, '#two': two,
    '#/$defs/list': root.$defs?.list }[schema.$ref];
  const subs = ['allOf', 'anyOf', 'oneOf'].flatMap((name) => schema[name] ?? []);
  subs.push(...['if', 'then', 'else', 'not'].map((name) => schema[name]), target);
  subs.push(...Object.values(schema.dependentSchemas ?? {}));
  for (const sub of subs) {
    yield* inPlace(sub, root);
  }
}

function* within(value) {
  if (typeof value === 'object' && value !== null) {
    yield value;
    for (const member of Object.values(value)) {
      yield* within(member);
    }
  }
}

// Does a schema hold one with a keyword, to whose value another with one of the triggers is applied?
const meets = (root, keyword, triggers) => [...within(root)].some((schema) => keyword in schema &&
  [...inPlace(schema, root)].some((other) => triggers.some((trigger) => trigger in other)));

const BRANCHES = ['anyOf', 'dependentSchemas', 'if', 'oneOf'];

// Where ajv may be wrong about a random schema. Shortest examples of each are among the written cases.
export const AJV_ON_RANDOM = [
  {
    about: 'The code that ajv has made ends with an error of JavaScript: there is no verdict.',
    applies: (schema, instance, verdict) => verdict === 'failed',
  },
  {
    about: 'contains, Core 10.3.1.3: an empty array has no item that fits, and a prefixItems has no say. ' +
      'On an empty array ajv gives back a variable that it has set elsewhere; it leaves contains ' +
      'out where prefixItems holds more schemas than there are items.',
    applies: (schema, instance) => [...within(schema)].some((one) => 'contains' in one &&
      [...within(instance)].some((array) => Array.isArray(array) &&
        array.length < Math.max(1, one.prefixItems?.length ?? 0))),
  },
  {
    about: 'unevaluatedItems, Core 11.2: what a contains fits is evaluated, and what branches evaluate ' +
      'that fit. ajv takes all items for evaluated by contains, and keeps what it adds up from ' +
      'branches though they fail.',
    applies: (schema) => meets(schema, 'unevaluatedItems', BRANCHES.concat('contains')),
  },
  {
    about: 'unevaluatedProperties, Core 11.3 and 7.7.1.2: what a schema that fails has evaluated is ' +
      'dropped. ajv keeps it from an if, and from branches with unevaluatedProperties or ' +
      'additionalProperties. An if alone it leaves out (Core 10.2.2.1).',
    applies: (schema) => meets(schema, 'unevaluatedProperties', BRANCHES),
  },
];
