import { take } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { connect, emitting, filter, map, type OperatorFunction, type Step } from './rx.ts';

/** A chain of numbers, with what leaves it and what its gate was told. */
function chainOf(run: Readonly<Record<string, unknown>>, { bears = false } = {}) {
  const out: unknown[] = [];
  const told: string[] = [];
  const gate = {
    isOpen: true,
    fail: (error: unknown, node: string) => {
      told.push(`${node}: ${(error as Error).message}`);
      return bears;
    },
    failForGood: (error: unknown, node: string) => void told.push(`${node} for good: ${(error as Error).message}`),
    failLate: (node: string) => void told.push(`${node} late`),
  };
  const steps: Step[] = Object.entries(run).map(([node, each]) => ({ node, run: each as Step['run'] }));
  const inlet = connect(steps, gate, { next: (record) => void out.push(record) });
  return { inlet, out, told, gate };
}

const failsFor = (bad: number) =>
  map((record: number) => {
    if (record === bad) throw new Error(`no ${bad}`);
    return record;
  });

describe.each(['our own operators', 'operators of RxJS'])('a chain of %s', (kind) => {
  /** As it is, or wrapped so that nobody knows it. */
  const as = (operator: OperatorFunction<number, number>): unknown =>
    kind === 'our own operators' ? operator : (source: Parameters<typeof operator>[0]) => source.pipe(operator);

  test('takes each record through all steps before the next one', () => {
    const twice = emitting<number, number>((emit) => (record) => [record, record + 1].forEach(emit));
    const { inlet, out } = chainOf({
      a: as(twice),
      b: as(filter((n: number) => n !== 2)),
      c: as(map((n: number) => -n)),
    });
    for (const record of [1, 2, 3]) inlet.next(record);
    expect(out).toEqual([-1, -3, -3, -4]);
  });

  test('goes on after an error that is borne, and the record is gone', () => {
    const { inlet, out, told } = chainOf({ a: as(failsFor(2)), b: as(map((n: number) => n * 10)) }, { bears: true });
    for (const record of [1, 2, 3]) inlet.next(record);
    expect({ out, told }).toEqual({ out: [10, 30], told: ['a: no 2'] });
  });

  test('takes nothing more after an error that is not borne', () => {
    const { inlet, out, told } = chainOf({ a: as(map((n: number) => n)), b: as(failsFor(2)) });
    for (const record of [1, 2, 3]) inlet.next(record);
    expect({ out, told: new Set(told) }).toEqual({ out: [1], told: new Set(['b: no 2']) });
  });

  test('lets nothing through behind a step that has completed', () => {
    let late: (record: number) => void = () => undefined;
    const talkative = emitting<number, number>((emit) => {
      late = emit;
      return emit;
    });
    const { inlet, out, told } = chainOf({ a: take(1), b: as(talkative) });
    for (const record of [1, 2]) inlet.next(record);
    late(3);
    expect({ out, told }).toEqual({ out: [1], told: [] });
  });

  test('tells of what is emitted while nothing is being processed', () => {
    const { inlet, out, told, gate } = chainOf({ a: as(map((n: number) => n)) });
    gate.isOpen = false;
    inlet.next(1);
    expect({ out, told }).toEqual({ out: [], told: ['a late'] });
  });

  test('tells of a step that cannot even begin', () => {
    const broken = emitting<number, number>(() => {
      throw new Error('no start');
    });
    const { inlet, out, told } = chainOf({ a: as(broken) });
    inlet.next(1);
    expect({ out, told }).toEqual({ out: [], told: ['a for good: no start'] });
  });
});
