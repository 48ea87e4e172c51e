// Random schemas with instances, the same ones for the same seed. Names, numbers and texts come
// from small pools, so that keywords meet each other and about half of the instances are valid.

// mulberry32: 32 bits of state, enough for test data.
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

const NAMES = ['a', 'b', 'ab', 'c', 'é', 'x/y'];
// Numbers whose text in JSON is exact.
const NUMBERS = [0, 1, 2, 3, -1, 0.5, 1.5, 2.25, 10, 100, -7, 0.3, 4.35, 4503599627370496, -1e15, 1e-7,
  9007199254740992, 9007199254740994, -9007199254740994, 1e18, 1e21, 1.5e300];
const TEXTS = ['', 'a', 'b', 'ab', 'aab', 'abc', 'é', '😀', '😀a', 'A1', '1', '12', 'a b', 'a\nb', 'x-y'];
const PATTERNS = [
  '^a', 'a$', '^[a-c]+$', '^\\d+$', 'b', '^.$', '^.{2,3}$', '\\w', '\\s', '[^a]', '^(a|b)*$', '^(?!a)',
  '(?=.*b)a', '^\\p{L}+$', '(?<=a)b', '\\bb', '^(?:a|ab)(?:c|b)?$', 'a{2}', '[\\u{1F600}x]', '^$',
];
const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

class Generator {
  constructor(seed) {
    this.next = random(seed);
  }

  upTo(n) {
    return Math.floor(this.next() * n);
  }

  chance(p) {
    return this.next() < p;
  }

  one(list) {
    return list[this.upTo(list.length)];
  }

  // Some different items of a list, at least one.
  some(list, most) {
    const n = 1 + this.upTo(Math.min(most, list.length));
    const rest = [...list];
    return Array.from({ length: n }, () => rest.splice(this.upTo(rest.length), 1)[0]);
  }

  value(depth) {
    const kind = this.upTo(depth > 0 ? 10 : 6);
    if (kind < 2) return this.one(NUMBERS);
    if (kind < 4) return this.one(TEXTS);
    if (kind === 4) return this.chance(0.5);
    if (kind === 5) return null;
    if (kind < 8) return Array.from({ length: this.upTo(5) }, () => this.value(depth - 1));
    return this.object(() => this.value(depth - 1));
  }

  object(member) {
    return Object.fromEntries(this.some(NAMES, 4).map((name) => [name, member()]));
  }

  list(depth, most) {
    return Array.from({ length: 1 + this.upTo(most) }, () => this.schema(depth));
  }

  // One keyword, or several that belong together.
  keyword(depth) {
    const flat = [
      () => ({ type: this.one(TYPES) }),
      () => ({ type: this.some(TYPES, 3) }),
      () => ({ enum: Array.from({ length: 1 + this.upTo(4) }, () => this.value(1)) }),
      () => ({ const: this.value(1) }),
      () => ({ minimum: this.one(NUMBERS) }),
      () => ({ maximum: this.one(NUMBERS) }),
      () => ({ exclusiveMinimum: this.one(NUMBERS) }),
      () => ({ exclusiveMaximum: this.one(NUMBERS) }),
      () => ({ multipleOf: this.one([1, 2, 3, 0.5, 0.25, 1.5, 0.1, 0.01, 0.15, 1e-7]) }),
      () => ({ minLength: this.upTo(4) }),
      () => ({ maxLength: this.upTo(4) }),
      () => ({ pattern: this.one(PATTERNS) }),
      () => ({ required: this.some(NAMES, 2) }),
      () => ({ minProperties: this.upTo(4) }),
      () => ({ maxProperties: this.upTo(4) }),
      () => ({ dependentRequired: this.object(() => this.some(NAMES, 2)) }),
      () => ({ minItems: this.upTo(4) }),
      () => ({ maxItems: this.upTo(4) }),
      () => ({ uniqueItems: this.chance(0.8) }),
      () => ({ format: 'email', title: 't', default: this.value(1) }),
    ];
    const deep = [
      () => ({ properties: this.object(() => this.schema(depth)) }),
      () => ({ properties: this.object(() => this.schema(depth)) }),
      () => ({ patternProperties: { [this.one(PATTERNS)]: this.schema(depth), b$: this.schema(depth) } }),
      () => ({ additionalProperties: this.schema(depth) }),
      () => ({ propertyNames: this.schema(depth) }),
      () => ({ dependentSchemas: this.object(() => this.schema(depth)) }),
      () => ({ prefixItems: this.list(depth, 3) }),
      () => ({ items: this.schema(depth) }),
      () => ({ contains: this.schema(depth) }),
      () => ({ contains: this.schema(depth), minContains: this.upTo(3), maxContains: this.upTo(4) }),
      () => ({ contains: this.schema(depth), minContains: this.upTo(3) }),
      () => ({ allOf: this.list(depth, 3) }),
      () => ({ anyOf: this.list(depth, 3) }),
      () => ({ oneOf: this.list(depth, 3) }),
      () => ({ not: this.schema(depth) }),
      () => ({ if: this.schema(depth) }),
      () => ({ if: this.schema(depth), then: this.schema(depth) }),
      () => ({ if: this.schema(depth), else: this.schema(depth) }),
      () => ({ if: this.schema(depth), then: this.schema(depth), else: this.schema(depth) }),
      () => ({ unevaluatedProperties: this.chance(0.6) ? false : this.schema(depth) }),
      () => ({ unevaluatedProperties: this.chance(0.6) ? false : this.schema(depth) }),
      () => ({ unevaluatedItems: this.chance(0.6) ? false : this.schema(depth) }),
      () => ({ unevaluatedItems: this.chance(0.6) ? false : this.schema(depth) }),
      () => ({ $ref: this.one(['#/$defs/one', '#/$defs/two', '#two', '#/$defs/list']) }),
    ];
    return this.one(depth < 0 || this.chance(0.35) ? flat : deep)();
  }

  schema(depth) {
    if (this.chance(0.12)) {
      return this.chance(0.6);
    }
    const n = depth <= 0 ? 1 : 1 + this.upTo(3);
    return Object.assign({}, ...Array.from({ length: n }, () => this.keyword(depth - 1)));
  }

  // References lead to definitions that lead to none but `list`, whose own reference goes down
  // into the instance: an endless one is refused by ours and overflows ajv's stack.
  root() {
    const withoutReferences = (depth) => {
      for (;;) {
        const schema = this.schema(depth);
        if (!JSON.stringify(schema).includes('$ref')) {
          return schema;
        }
      }
    };
    const two = withoutReferences(1);
    const definitions = {
      one: withoutReferences(1),
      two: typeof two === 'object' ? { $anchor: 'two', ...two } : { $anchor: 'two' },
      list: {
        properties: { a: { $ref: '#/$defs/list' }, b: withoutReferences(0) },
        items: { $ref: '#/$defs/list' },
        minProperties: this.upTo(2),
      },
    };
    const schema = this.schema(3);
    return typeof schema === 'object' ? { ...schema, $defs: definitions } : schema;
  }

  // A value that a schema gives hints for: its constants, its types, its names.
  instance(schema, depth) {
    if (typeof schema !== 'object' || depth < 0 || this.chance(0.2)) {
      return this.value(2);
    }
    const branch = this.one([schema, ...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]);
    const hints = typeof branch === 'object' ? branch : schema;
    if (hints.enum !== undefined) return this.one(hints.enum);
    if ('const' in hints) return hints.const;
    if (hints.prefixItems !== undefined || typeof hints.items === 'object') {
      return Array.from({ length: this.upTo(4) },
        (_, i) => this.instance(hints.prefixItems?.[i] ?? hints.items ?? true, depth - 1));
    }
    if (hints.properties !== undefined || hints.required !== undefined) {
      const names = new Set([...(hints.required ?? []), ...Object.keys(hints.properties ?? {})]);
      if (this.chance(0.3)) names.add(this.one(NAMES));
      return Object.fromEntries([...names].filter(() => this.chance(0.8))
        .map((name) => [name, this.instance(hints.properties?.[name] ?? true, depth - 1)]));
    }
    return this.value(2);
  }
}

const CHARACTERS = ['a', 'b', 'c', '_', '1', ' ', '\n', '-', 'é', 'É', '😀', '٣', '\u2028', '\u00a0'];
const CLASSES = ['\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\p{L}', '\\P{Lu}', '\\p{Nd}'];
const MEMBERS = ['a-c', 'b', '\\-', '\\n', 'é', '\\u{1F600}', '\\x31', '_', ' -1', ...CLASSES];
const QUANTIFIERS = ['*', '+', '?', '{2}', '{1,3}', '{2,}', '{0,2}', '*?', '+?', '{1,2}?', '{0}'];
const EDGES = ['^', '$', '\\b', '\\B'];
const GROUPS = ['(?:', '(', '(?:'];
const LOOKS_AHEAD = ['(?=', '(?!'];
const LOOKS_BEHIND = ['(?<=', '(?<!'];

class PatternGenerator extends Generator {
  atom(depth) {
    const kind = this.upTo(depth > 0 ? 12 : 9);
    if (kind < 5) return this.one(['a', 'b', 'a', 'b', 'c', '1', 'é', '😀', ' ']);
    if (kind === 5) return '.';
    if (kind === 6) return this.one(CLASSES);
    if (kind < 9) return `[${this.chance(0.3) ? '^' : ''}${this.some(MEMBERS, 3).join('')}]`;
    return `${this.one(GROUPS)}${this.pattern(depth - 1)})`;
  }

  term(depth) {
    if (this.chance(0.1)) return this.one(EDGES);
    if (depth > 0 && this.chance(0.08)) return `${this.one(LOOKS_AHEAD)}${this.pattern(depth - 1)})`;
    if (this.chance(0.05)) return `${this.one(LOOKS_BEHIND)}${this.fixed()})`;
    const atom = this.atom(depth);
    const quantifier = this.chance(0.4) ? this.one(QUANTIFIERS) : '';
    return atom + (atom.endsWith(')') && quantifier === '{0}' ? '' : quantifier); // refused
  }

  // What PCRE2 can look behind for: each alternative has a length.
  fixed() {
    return Array.from({ length: 1 + this.upTo(2) }, () =>
      Array.from({ length: 1 + this.upTo(3) }, () => this.atom(0)).join('')).join('|');
  }

  pattern(depth) {
    const n = this.chance(0.3) ? 2 : 1;
    return Array.from({ length: n }, () => {
      const nTerms = this.upTo(5);
      return Array.from({ length: nTerms }, () => this.term(depth)).join('');
    }).join('|');
  }

  text() {
    return Array.from({ length: this.upTo(8) },
      () => (this.chance(0.7) ? this.one(['a', 'b', 'c']) : this.one(CHARACTERS))).join('');
  }
}

// Regular expressions with texts.
export function* generatePatterns(seed, nPatterns) {
  const generator = new PatternGenerator(seed);
  for (let i = 0; i < nPatterns; i++) {
    const inner = generator.pattern(3);
    const pattern = generator.chance(0.5) ? `^(?:${inner})$` : inner;
    yield { pattern, texts: Array.from({ length: 8 }, () => generator.text()) };
  }
}

export function* generate(seed, nSchemas) {
  const generator = new Generator(seed);
  for (let i = 0; i < nSchemas; i++) {
    const schema = generator.root();
    const instances = Array.from({ length: 10 }, () => generator.instance(schema, 3));
    yield { schema, instances };
  }
}
