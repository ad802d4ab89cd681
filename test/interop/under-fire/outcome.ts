import type { Committed } from './committed-reader.ts';
import type { Reference } from './reference.ts';
import type { Output } from './topology.ts';

/** What was committed to the topics of results, and how it differs from what must be there. */
export class Outcome {
  readonly #values = new Map<string, Map<string, (string | null)[]>>();

  take({ topic, key, value }: Committed): void {
    const ofTopic = this.#of(topic as Output);
    const text = value === null ? null : topic === 'counts' ? `${value.readBigInt64BE()}` : `${value}`;
    const list = ofTopic.get(`${key}`);
    if (list === undefined) ofTopic.set(`${key}`, [text]);
    else list.push(text);
  }

  get size(): number {
    let size = 0;
    for (const topic of this.#values.values()) for (const list of topic.values()) size += list.length;
    return size;
  }

  /** Says where results differ from what they must be; nothing when all is right. */
  differences(reference: Reference): string[] {
    return [
      ...this.#sequences('counts', new Map([...reference.counts].map(([key, count]) => [key, upTo(count)]))),
      ...this.#sequences('amounts', reference.amounts),
      ...this.#pairs(reference.pairs),
      ...this.#newest('joined', reference.joined),
      ...this.#steps(),
      ...this.#newest('priced', reference.priced),
    ];
  }

  #of(topic: Output): Map<string, (string | null)[]> {
    const known = this.#values.get(topic);
    if (known !== undefined) return known;
    const made = new Map<string, (string | null)[]>();
    this.#values.set(topic, made);
    return made;
  }

  #sequences(topic: Output, expected: ReadonlyMap<string, readonly string[]>): string[] {
    const found = this.#of(topic);
    const keys = new Set([...found.keys(), ...expected.keys()]);
    return [...keys].flatMap((key) => {
      const is = found.get(key) ?? [];
      const must = expected.get(key) ?? [];
      const at = Array.from({ length: Math.max(is.length, must.length) }, (_, i) => i).find((i) => is[i] !== must[i]);
      return at === undefined ? [] : [`${topic} ${key}: ${is[at]} instead of ${must[at]} at ${at} of ${must.length}`];
    });
  }

  #pairs(expected: ReadonlySet<string>): string[] {
    const found = new Map<string, number>();
    for (const list of this.#of('pairs').values())
      for (const pair of list) found.set(`${pair}`, (found.get(`${pair}`) ?? 0) + 1);
    const missing = [...expected].filter((pair) => !found.has(pair)).map((pair) => `pairs: ${pair} is missing`);
    const wrong = [...found].filter(([pair, times]) => times > 1 || !expected.has(pair));
    return [...missing, ...wrong.map(([pair, times]) => `pairs: ${pair} is there ${times} times`)];
  }

  #newest(topic: Output, expected: ReadonlyMap<string, string>): string[] {
    const found = this.#of(topic);
    const keys = new Set([...found.keys(), ...expected.keys()]);
    return [...keys].flatMap((key) => {
      const is = found.get(key)?.at(-1) ?? null;
      const must = expected.get(key) ?? null;
      return is === must ? [] : [`${topic} ${key}: ends with ${is} instead of ${must}`];
    });
  }

  /** Each change of either table is one result: from one to the next, one of the two numbers goes up by one. */
  #steps(): string[] {
    return [...this.#of('joined')].flatMap(([key, rows]) =>
      rows.slice(1).flatMap((row, at) => {
        const isStep = sumOf(row) === sumOf(rows[at] as string | null) + 1;
        return isStep ? [] : [`joined ${key}: ${row} after ${rows[at]}`];
      }),
    );
  }
}

function upTo(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${at + 1}`);
}

function sumOf(row: string | null): number {
  const [left, right] = `${row}`.split('/').map(Number) as [number, number];
  return left + right;
}
