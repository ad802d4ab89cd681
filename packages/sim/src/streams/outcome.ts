import { groupOf, namesOf, type Shape, windowKey, windowMs } from './topology.ts';

/** A committed record of a topic of the application. */
export interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer;
  readonly value: string;
  readonly timestamp: number;
}

type Lists = ReadonlyMap<string, readonly Row[]>;

/** What was committed to the topics of an application, and how its outputs differ from what its inputs say. */
export class Outcome {
  readonly #shape: Shape;
  readonly #rows = new Map<string, Row[]>();

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  take(row: Row): void {
    const rows = this.#rows.get(row.topic);
    if (rows === undefined) this.#rows.set(row.topic, [row]);
    else rows.push(row);
  }

  /** The records of a topic, those of a partition in their order. */
  of(topic: string): readonly Row[] {
    return this.#rows.get(topic) ?? [];
  }

  /** Where outputs differ from what they must be; nothing when all is right and there. */
  differences(): string[] {
    const orders = this.of('orders');
    return [
      ...this.#lists(
        'lists',
        byKey(orders, ({ value }) => groupOf(Number(value))),
      ),
      ...(this.#shape.hasWindows ? this.#lists('windows', byKey(orders, windowOf)) : []),
      ...this.#joined(),
    ];
  }

  /** Where changelogs, folded, differ from what the outputs say that stores have. */
  changelogDifferences(topicOf: (store: string) => string): string[] {
    return namesOf(this.#shape).stores.flatMap((store) => {
      const kept = newest(this.of(topicOf(store)), store === 'windows' ? windowInKey : keyOf);
      const must = newest(this.of(store), keyOf);
      return keysOf(kept, must)
        .filter((key) => kept.get(key) !== must.get(key))
        .map((key) => `the changelog of ${store} has ${kept.get(key)} for ${key} and not ${must.get(key)}`);
    });
  }

  #lists(topic: string, expected: Lists): string[] {
    const found = byKey(this.of(topic), keyOf);
    return keysOf(found, expected).flatMap((key) => {
      const updates = (found.get(key) ?? []).map(({ value }) => value);
      const wrong = wrongStep(updates) ?? wrongEnd(updates.at(-1) ?? '', expected.get(key) ?? []);
      return wrong === undefined ? [] : [`${topic} ${key}: ${wrong}`];
    });
  }

  /** Each change of either table is one result once both have a row: from one to the next, one of the two goes on by one. */
  #joined(): string[] {
    const left = byKey(this.of('left'), keyOf);
    const right = byKey(this.of('right'), keyOf);
    const found = byKey(this.of('joined'), keyOf);
    return keysOf(left, found).flatMap((key) => {
      const sides = [left.get(key) ?? [], right.get(key) ?? []] as const;
      const wrong = wrongJoin(
        (found.get(key) ?? []).map(({ value }) => value),
        sides.map((rows) => rows.map(({ value }) => value)),
      );
      return wrong === undefined ? [] : [`joined ${key}: ${wrong}`];
    });
  }
}

/** Each list is the one before it, and one number more. */
function wrongStep(updates: readonly string[]): string | undefined {
  for (const [at, list] of updates.entries()) {
    const before = at === 0 ? '' : `${updates[at - 1]},`;
    const isStep = list.startsWith(before) && list.split(',').length === at + 1;
    if (!isStep) return `${list} comes after ${updates[at - 1] ?? 'nothing'}, at ${at}`;
  }
  return undefined;
}

/** The last list has every input once, those of a partition in their order. */
function wrongEnd(list: string, inputs: readonly Row[]): string | undefined {
  const values = list === '' ? [] : list.split(',');
  const partitionOf = new Map(inputs.map(({ value, partition }) => [value, partition]));
  const unknown = values.find((value) => !partitionOf.has(value));
  if (unknown !== undefined) return `${unknown} of ${list} is no input`;
  for (const partition of new Set(partitionOf.values())) {
    const has = values.filter((value) => partitionOf.get(value) === partition);
    const must = inputs.filter((input) => input.partition === partition).map(({ value }) => value);
    if (has.join() !== must.join())
      return `ends with ${has.join()} of partition ${partition} in place of ${must.join()}`;
  }
  return undefined;
}

function wrongJoin(results: readonly string[], sides: readonly (readonly string[])[]): string | undefined {
  const isJoined = sides.every(({ length }) => length > 0);
  const ends = isJoined ? sides.map((rows) => rows.at(-1)).join('/') : undefined;
  if (results.at(-1) !== ends) return `ends with ${results.at(-1)} in place of ${ends}`;
  let before: readonly number[] | undefined;
  for (const result of results) {
    const values = result.split('/');
    const steps = sides.map((rows, side) => rows.indexOf(values[side] ?? ''));
    const isFirst = before === undefined && steps.includes(0);
    const isNext = before !== undefined && sumOf(steps) === sumOf(before) + 1 && !isBack(before, steps);
    if (!isFirst && !isNext) return `${result} comes after ${before ?? 'nothing'}, in ${results.join()}`;
    before = steps;
  }
  return undefined;
}

function isBack(before: readonly number[], steps: readonly number[]): boolean {
  return steps.some((step, side) => step < (before[side] ?? 0));
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

function keyOf({ key }: Row): string {
  return key.toString();
}

function windowOf(order: Row): string {
  return windowKey(keyOf(order), Math.floor(order.timestamp / windowMs) * windowMs);
}

const startBytes = 8;
const sequenceBytes = 4;

/** The window that the key of a changelog record names. */
function windowInKey({ key }: Row): string {
  const end = key.length - startBytes - sequenceBytes;
  return windowKey(key.subarray(0, end).toString(), Number(key.readBigInt64BE(end)));
}

function byKey(rows: readonly Row[], keyed: (row: Row) => string): Lists {
  const lists = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyed(row);
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [row]);
    else list.push(row);
  }
  return lists;
}

function newest(rows: readonly Row[], keyed: (row: Row) => string): ReadonlyMap<string, string> {
  return new Map(rows.map((row) => [keyed(row), row.value]));
}

function keysOf(...maps: readonly ReadonlyMap<string, unknown>[]): string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))];
}
