import fc from 'fast-check';
import { ladders, scalars, type Kind } from './model.ts';

/** Writes a value as JSON; `space` gives the white space for the next place where some may stand. */
export type Print = (space: () => string) => string;

const text =
  (written: string): Print =>
  () =>
    written;

function array(items: readonly Print[]): Print {
  return (space) =>
    `[${items.map((item) => space() + item(space) + space()).join(',')}${items.length === 0 ? space() : ''}]`;
}

type Field = readonly [key: string, value: Print];

function object(fields: readonly Field[]): Print {
  const field = ([key, value]: Field, space: () => string) =>
    `${space()}${key}${space()}:${space()}${value(space)}${space()}`;
  return (space) => `{${fields.map((item) => field(item, space)).join(',')}${fields.length === 0 ? space() : ''}}`;
}

/** Numbers as the vendor writes them. */
const plainNumber = fc
  .tuple(fc.integer({ min: -50_000_000, max: 50_000_000 }), fc.integer({ min: 0, max: 5 }))
  .map(([digits, decimals]) => (digits / 10 ** decimals).toFixed(decimals))
  .filter((written) => !/^-0(\.0*)?$/.test(written));

/** Plain decimals at the edges of what fits exactly into a double: for the scanner's own way of reading numbers. */
const edgeNumber = fc.oneof(
  fc.constantFrom('0', '-0', '-0.0', '0.0', '0.10', '4.35', '1.005', '0.1', '-0.000001', '90071992547409.91'),
  fc.constantFrom('9007199254740991', '-9007199254740991', '9007.199254740991', '0.0000000000000000000001'),
  fc.stringMatching(/^-?(0|[1-9]\d{0,5})\.\d{1,9}$/),
  fc.stringMatching(/^-?[1-9]\d{0,14}$/),
);

/** Plain decimals just beyond. */
const hugeNumber = fc.oneof(
  fc.constantFrom('9007199254740992', '9007199254740993', '90071992547409.93', '0.00000000000000000000001'),
  fc.constantFrom('12345678901234567890123', '0.12345678901234567', '0.1234567890123456789012345'),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).map((value) => value.toFixed(20)),
);

/** Numbers that the vendor does not write, but JSON has. */
const oddNumber = fc.oneof(
  fc.constantFrom('0e0', '-0E+7', '5e-324', '1e-400', '-1e-400', '1.7976931348623157e308', '1e23', '1E+2', '2.5E-7'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? '-0' : String(value))),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential(20)),
  fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,25})?([eE][+-]?\d{1,2})?$/),
);

const vendorNumber = fc.oneof(
  { weight: 1000, arbitrary: plainNumber },
  { weight: 100, arbitrary: edgeNumber },
  { weight: 2, arbitrary: hugeNumber },
);

const number = fc.oneof(
  { weight: 6, arbitrary: plainNumber },
  { weight: 1, arbitrary: edgeNumber },
  { weight: 1, arbitrary: hugeNumber },
  { weight: 1, arbitrary: oddNumber },
);

/** A text, each of its characters as it is or escaped in one of the ways JSON has. */
function spelled(value: string, ways: readonly number[]): string {
  const short: Record<string, string> = { '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '/': '\\/' };
  const characters = value.split('').map((character, at) => {
    const way = ways.length === 0 ? 0 : (ways[at % ways.length] ?? 0);
    const code = `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    if (way % 5 === 1) return way > 50 ? code.toUpperCase().replace('U', 'u') : code;
    if (way % 5 === 2 && short[character] !== undefined) return short[character];
    return JSON.stringify(character).slice(1, -1);
  });
  return `"${characters.join('')}"`;
}

const ways = fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(fc.nat(100)) });

function spellings(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(value, ways).map(([plain, how]) => spelled(plain, how));
}

const anyText = fc.oneof(
  spellings(fc.string({ unit: 'grapheme', maxLength: 12 })),
  spellings(fc.string({ unit: 'binary-ascii', maxLength: 12 })),
  fc.constantFrom('"\\ud83d"', '"]}"', '"\\"}"', '"\\\\"', '"NaN"', '"-Infinity"', '"\u2028"'),
);

/**
 * V8 13.6 reads a key of one escaped character wrong where an object before had a lone backslash for a key in its place:
 * JSON.parse('{"a":1,"\\\\":2}'), then JSON.parse('{"a":1,"\\n":2}') gives a backslash again. So no key here is one.
 */
export const loneBackslash = /"(\\\\|\\u005c)"\s*:/i;

const anyKey = fc
  .oneof(
    spellings(
      fc.constantFrom(
        'timestamp2',
        'Spot',
        'constructor',
        '__proto__',
        'toString',
        '0',
        '-1',
        'strikes',
        'mini_contracts',
      ),
    ),
    anyText,
  )
  .filter((key) => !loneBackslash.test(`${key}:`));

/** Any JSON value. */
export const anything = fc.letrec<{ value: Print; list: Print; object: Print; leaf: Print }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('list'), tie('object')),
  leaf: fc.oneof(
    fc.oneof(number, fc.constantFrom('1e999', '-1e999')).map(text),
    anyText.map(text),
    fc.constantFrom('null', 'true', 'false').map(text),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }).map(array),
  object: fc.array(fc.tuple(anyKey, tie('value')), { maxLength: 4 }).map(object),
})).value;

function orNull(value: fc.Arbitrary<string>, weight = 20): fc.Arbitrary<Print> {
  return fc.oneof({ weight, arbitrary: value }, { weight: 1, arbitrary: fc.constant('null') }).map(text);
}

const oddPriors = fc.oneof(fc.constant(text('null')), fc.array(orNull(number, 3), { maxLength: 8 }).map(array));

function ladderRow(kind: 'gex' | 'greeks', own: fc.Arbitrary<string>, odds: number): fc.Arbitrary<Print> {
  const { numbers, after, priors } = ladders[kind];
  const lead = fc.tuple(own.map(text), ...numbers.slice(1).map(() => orNull(own, 20 * odds)));
  const fullPriors = fc.array(own.map(text), { minLength: priors, maxLength: priors }).map(array);
  const rest = fc.tuple(...after.map(() => orNull(own, 2)));
  const full = fc.tuple(lead, fullPriors, rest).map(([front, middle, back]) => array([...front, middle, ...back]));
  const odd = fc
    .tuple(lead, oddPriors, rest, fc.nat(3))
    .map(([front, middle, back, cut]) => array([...front, middle, ...back].slice(0, numbers.length + cut)));
  return fc.oneof({ weight: 12 * odds, arbitrary: full }, { weight: 1, arbitrary: odd });
}

/** A ladder of such numbers; one row in `12 * odds` is not as the vendor writes it. */
function ladder(kind: 'gex' | 'greeks', own: fc.Arbitrary<string>, odds: number): fc.Arbitrary<Print> {
  return fc.oneof(
    { weight: 12 * odds, arbitrary: fc.array(ladderRow(kind, own, odds), { maxLength: 8 }).map(array) },
    { weight: 1, arbitrary: fc.constant(text('null')) },
  );
}

const pair = fc.tuple(number.map(text), number.map(text)).map(array);

const maxPriors = fc.oneof(
  { weight: 6, arbitrary: fc.array(pair, { minLength: 6, maxLength: 6 }).map(array) },
  { weight: 1, arbitrary: fc.constantFrom(text('[]'), text('null'), text('[[]]')) },
  {
    weight: 1,
    arbitrary: fc.array(fc.array(orNull(number), { maxLength: 3 }).map(array), { maxLength: 3 }).map(array),
  },
  { weight: 1, arbitrary: anything },
);

const scalar = fc.oneof({ weight: 30, arbitrary: orNull(number) }, { weight: 1, arbitrary: anything });

const positive = number.filter((written) => Number(written) > 0);

function known(name: string): string {
  return JSON.stringify(name);
}

/** A record of the vendor's form: every field, in order, no other. In one of ten, one field comes once more. */
export function vendorRecord(kind: Kind, ticker: string, timestamp: number): fc.Arbitrary<Print> {
  const scalarOf = (name: string) =>
    name === 'spot' ? vendorNumber.filter((written) => Number(written) > 0).map(text) : orNull(vendorNumber, 40);
  const numbers = scalars[kind].map((name) => fc.tuple(fc.constant(known(name)), scalarOf(name)));
  const pairs = fc
    .array(fc.tuple(vendorNumber.map(text), vendorNumber.map(text)).map(array), { maxLength: 6 })
    .map(array);
  const rows = kind === 'flat' ? fc.constant(null) : ladder(kind, vendorNumber, 20);
  const again = fc.option(fc.tuple(fc.nat(), orNull(vendorNumber, 1)), { freq: 9 });
  return fc.tuple(fc.tuple(...numbers), rows, pairs, again).map(([fields, ladderOf, pairsOf, twice]) => {
    const all: Field[] = [
      [known('timestamp'), text(String(timestamp))],
      [known('ticker'), text(known(ticker))],
      ...fields,
    ];
    if (ladderOf !== null) all.push([known(ladders[kind]?.field ?? ''), ladderOf]);
    if (kind === 'gex') all.push([known('max_priors'), pairsOf]);
    const others = fields.filter(([key]) => key !== known('spot'));
    if (twice !== null) all.push([others[twice[0] % others.length]?.[0] ?? '', twice[1]]);
    return object(all);
  });
}

/** A record that can be read, in any form: fields missing, unknown, twice, of odd types, in any order and spelling. */
export function anyRecord(kind: Kind, ticker: string, timestamp: number): fc.Arbitrary<Print> {
  const spell = (name: string) => spellings(fc.constant(name));
  const field = (name: string, value: fc.Arbitrary<Print>) => fc.tuple(spell(name), value);
  const spelledTimestamp = fc.constantFrom(
    String(timestamp),
    `${timestamp}.0`,
    `${timestamp / 10}e1`,
    `${timestamp}000e-3`,
  );
  const required = fc.tuple(
    field('timestamp', spelledTimestamp.map(text)),
    field('ticker', spell(ticker).map(text)),
    field('spot', positive.map(text)),
  );
  const optional = [
    ...scalars[kind].filter((name) => name !== 'spot').map((name) => field(name, scalar)),
    field('max_priors', maxPriors),
    ...(kind === 'flat' ? [] : [field(ladders[kind]?.field ?? '', ladder(kind, number, 1))]),
  ];
  const unknown = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.tuple(anyKey.filter(isUnknown(kind)), anything), { maxLength: 3 }) },
  );
  const some = fc
    .tuple(...optional.map((one) => fc.option(one, { freq: 8 })))
    .map((all) => all.filter((one) => one !== null));
  return fc
    .tuple(required, some, unknown)
    .chain(([first, second, third]) => fc.tuple(inAnyOrder([...first, ...second, ...third]), fc.option(overridden)))
    .map(([fields, twice]) => object(twice === null ? fields : [twice(fields), ...fields]));
}

/** A value for a field that comes again later in the record, with the value that counts. */
const overridden = fc.tuple(fc.nat(), anything).map(([at, value]) => (fields: readonly Field[]): Field => [
  fields[at % fields.length]?.[0] ?? '""',
  value,
]);

/** Unknown fields may not be ladders or required ones: what these mean is tested elsewhere. */
function isUnknown(kind: Kind): (key: string) => boolean {
  const meant = new Set(['timestamp', 'ticker', 'spot', ladders[kind]?.field]);
  return (key) => !meant.has(JSON.parse(key) as string);
}

function inAnyOrder<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  const shuffled = fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
  return fc.oneof({ weight: 1, arbitrary: fc.constant<T[]>([...items]) }, { weight: 1, arbitrary: shuffled });
}

/** White space for all places of a file: none, or any. */
export const spaces: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc.constant(['']),
  fc.array(fc.constantFrom('', ' ', '\n', '\r\n', '\t', '  \n  '), { minLength: 1, maxLength: 20 }),
);

/** Gives the next piece of white space each time it is asked, from the first again after the last. */
export function spacer(pieces: readonly string[]): () => string {
  let at = 0;
  return () => pieces[at++ % pieces.length] ?? '';
}

export const kinds = fc.constantFrom<Kind>('gex', 'greeks', 'flat');

/** Block sizes of the window; undefined is its own. */
export const blocks = fc.oneof(
  fc.constant(undefined),
  fc.integer({ min: 1, max: 64 }),
  fc.integer({ min: 65, max: 5000 }),
);

/** Records of one kind in an array, by their printers. */
export function printArray(records: readonly Print[], pieces: readonly string[]): string {
  const space = spacer(pieces);
  return space() + array(records)(space) + space();
}
