/** The functions that topologies name: the same as in Functions.java, one for one. Keys and values are texts and numbers. */

interface WindowedKey {
  readonly key: unknown;
  readonly window: { readonly start: number; readonly end: number };
}

const isWindowed = (value: unknown): value is WindowedKey =>
  typeof value === 'object' && value !== null && 'window' in value;

/** Where a window never ends, Java has the largest long. */
const endOf = ({ window: { end } }: WindowedKey) => (end < Number.MAX_SAFE_INTEGER ? end : '9223372036854775807');

export function text(value: unknown): string {
  if (isWindowed(value)) return `[${String(value.key)}@${value.window.start}/${endOf(value)}]`;
  return value === undefined ? 'null' : String(value);
}

function digit(value: unknown): number {
  return Number(/[0-9]/.exec(text(value))?.[0] ?? 0);
}

const tail = (of: string, length: number) => of.slice(-length);
const isNull = (value: unknown) => value === null || value === undefined;

type Table<Args extends readonly unknown[], Result> = Readonly<Record<string, (...args: Args) => Result>>;

/** Finds functions of a table by name. */
function named<Args extends readonly unknown[], Result>(table: Table<Args, Result>) {
  return (name: string): ((...args: Args) => Result) => {
    const found = table[name];
    if (found === undefined) throw new RangeError(`no function is named ${name}`);
    return found;
  };
}

type KeyAndValue = readonly [key: unknown, value: unknown];

export const predicate = named<KeyAndValue, boolean>({
  low: (_, v) => text(v) < 'v5',
  veryLow: (_, v) => text(v) < 'v3',
  high: (_, v) => text(v) > 'v7',
  hasKey: (k) => !isNull(k),
  hasValue: (_, v) => !isNull(v),
  hasBoth: (k, v) => !isNull(k) && !isNull(v),
  even: (_, v) => digit(v) % 2 === 0,
  all: () => true,
  none: () => false,
});

export const mapped = named<KeyAndValue, unknown>({
  same: (_, v) => v,
  bang: (_, v) => `${text(v)}!`,
  upper: (_, v) => (isNull(v) ? null : text(v).toUpperCase()),
  keyAndValue: (k, v) => `${text(k)}:${text(v)}`,
  length: (_, v) => (isNull(v) ? null : text(v).length),
  digit: (_, v) => (isNull(v) ? null : digit(v)),
  text: (_, v) => (isNull(v) ? null : text(v)),
  nullOn3: (_, v) => (digit(v) === 3 ? null : v),
});

export const keyOf = named<KeyAndValue, unknown>({
  same: (k) => k,
  value: (_, v) => v,
  text: (k) => (isNull(k) ? null : text(k)),
  group: (_, v) => (isNull(v) ? null : `g${digit(v) % 3}`),
  valueThenKey: (k, v) => text(v) + text(k),
  nullOn3: (k, v) => (digit(v) === 3 ? null : k),
  letter: (_, v) => (isNull(v) || digit(v) === 9 ? null : 'abcd'.charAt(digit(v) % 4)),
  inner: (k) => (k as WindowedKey).key,
});

export const pairOf = named<KeyAndValue, readonly [unknown, unknown]>({
  same: (k, v) => [k, v],
  swap: (k, v) => [v, k],
  group: (k, v) => [keyOf('group')(k, v), mapped('keyAndValue')(k, v)],
});

export const pairsOf = named<KeyAndValue, readonly (readonly [unknown, unknown])[]>({
  both: (k, v) => [
    [k, v],
    [v, k],
  ],
  nothingOnNull: (k, v) => (isNull(v) ? [] : [[k, v]]),
});

export const valuesOf = named<KeyAndValue, readonly unknown[]>({
  twice: (_, v) => [v, `${text(v)}'`],
  chars: (_, v) => (isNull(v) ? [] : text(v).split('')),
});

export const joiner = named<readonly [key: unknown, left: unknown, right: unknown], unknown>({
  pair: (_, a, b) => `${text(a)}/${text(b)}`,
  keyed: (k, a, b) => `${text(k)}:${text(a)}/${text(b)}`,
  nullOn3: (_, a, b) => (digit(a) === 3 ? null : `${text(a)}/${text(b)}`),
});

export const reducer = named<readonly [old: unknown, value: unknown], unknown>({
  concat: (old, v) => tail(text(old), 4) + text(v),
  nullOn1: (old, v) => (digit(v) === 1 ? null : tail(text(old), 4) + text(v)),
  last: (_, v) => v,
  minus: (old, v) => tail(`${text(old)}-${text(v)}`, 12),
  sum: (old, v) => (old as number) + (v as number),
  difference: (old, v) => (old as number) - (v as number),
});

export const initial = (name: string) => (['sum', 'difference', 'tally'].includes(name) ? 0 : '');

export const aggregator = named<readonly [key: unknown, value: unknown, old: unknown], unknown>({
  concat: (_, v, old) => tail(text(old) + text(v), 12),
  nullOn0: (_, v, old) => (!isNull(v) && digit(v) === 0 ? null : tail(text(old) + text(v), 12)),
  minus: (_, v, old) => tail(`${text(old)}-${text(v)}`, 12),
  shout: (_, v, old) => tail(text(old) + text(v).toUpperCase(), 12),
  sum: (_, v, old) => (old as number) + digit(v),
  tally: (_, v, old) => (old as number) + digit(v),
  difference: (_, v, old) => (old as number) - digit(v),
});

/** Merges the aggregates of two sessions. */
export const merger =
  (name: string) =>
  (_key: unknown, left: unknown, right: unknown): unknown => {
    if (['sum', 'tally'].includes(name)) return (left as number) + (right as number);
    return tail(`${text(left)}+${text(right)}`, 12);
  };

/** Whether what a function of that name gives is a number, another type of text, or of the type of its input. */
export function resultOf(name: string): 'int64' | 'string' | 'same' {
  if (['length', 'digit', 'sum', 'difference', 'tally'].includes(name)) return 'int64';
  return ['same', 'nullOn3', 'nullOn1', 'last'].includes(name) ? 'same' : 'string';
}

const extractors: Readonly<Record<string, (record: RawKeyed, partitionTime: number) => number>> = {
  negativeOnB: ({ key, timestamp }) => (key?.toString() === 'b' ? -1 : timestamp),
  partitionTimeOnB: ({ key, timestamp }, partitionTime) => (key?.toString() === 'b' ? partitionTime : timestamp),
  logAndSkip: ({ timestamp }) => timestamp,
};

interface RawKeyed {
  readonly key: Buffer | null;
  readonly timestamp: number;
}

export const extractor = (name: string) => extractors[name];
