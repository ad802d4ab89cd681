import { string } from '@nagare/serdes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deduplicated } from '../dsl/deduplicated.ts';
import type { KStream } from '../dsl/stream.ts';
import { oneStream } from '../testing/one-stream.ts';

const texts = { key: string, value: string };

function deduplicating(options: Deduplicated<string, string, string>) {
  return oneStream((stream) => stream.deduplicate(options), texts);
}

/** Values `a`, `a:1`… have the id `a`. */
const byId = { by: (_key: string, value: string) => value.split(':')[0] ?? null, id: string };

describe('deduplicate', () => {
  test('lets the first record of a key through, until the interval is over', () => {
    const { input, output, driver } = deduplicating({ within: 10 });
    for (const timestamp of [100, 108, 110, 111, 121]) input.pipeInput('k', `at ${timestamp}`, timestamp);
    input.pipeInput('other', 'at 100', 100);
    expect(output.readValuesToList()).toEqual(['at 100', 'at 111', 'at 100']);
    expect(driver.droppedRecords.get('duplicate')).toBe(3);
  });

  test('does not count what was dropped: the interval begins with a record that went through', () => {
    const { input, output } = deduplicating({ within: 10 });
    for (const timestamp of [100, 108, 111]) input.pipeInput('k', `at ${timestamp}`, timestamp);
    expect(output.readValuesToList()).toEqual(['at 100', 'at 111']);
  });

  test('finds duplicates that come out of order', () => {
    const { input, output } = deduplicating({ within: 10 });
    for (const timestamp of [100, 92, 89]) input.pipeInput('k', `at ${timestamp}`, timestamp);
    expect(output.readValuesToList()).toEqual(['at 100', 'at 89']);
  });

  test('tells records of a key apart by what is given', () => {
    const { input, output } = deduplicating({ within: '1m', ...byId });
    for (const [key, value] of [
      ['k', 'a:1'],
      ['k', 'b:1'],
      ['k', 'a:2'],
      ['l', 'a:3'],
    ])
      input.pipeInput(key as string, value as string, 5);
    expect(output.readValuesToList()).toEqual(['a:1', 'b:1', 'a:3']);
  });

  test('lets records through that have no key or no id', () => {
    const { input, output } = deduplicating({ within: '1m', by: () => null, id: string });
    input.pipeInput('k', 'x', 0);
    input.pipeInput('k', 'x', 0);
    const keys = deduplicating({ within: '1m' });
    keys.input.pipeInput(null, 'x', 0);
    keys.input.pipeInput(null, 'x', 0);
    expect([output.readValuesToList(), keys.output.readValuesToList()]).toEqual([
      ['x', 'x'],
      ['x', 'x'],
    ]);
  });

  test('keeps timestamp and headers', () => {
    const { input, output } = deduplicating({ within: 1 });
    const headers = [{ key: 'h', value: Buffer.from('1') }];
    input.pipeInput('k', 'x', 7, headers);
    expect(output.readRecord()).toMatchObject({ key: 'k', value: 'x', timestamp: 7, headers });
  });

  test('remembers over a restart', () => {
    const { input, output, driver } = deduplicating({ within: '1h', store: 'seen' });
    input.pipeInput('k', 'x', 0);
    driver.restart();
    input.pipeInput('k', 'y', 1_000);
    expect(output.readValuesToList()).toEqual(['x']);
    expect(driver.producedTopicNames()).toContain('test-seen-changelog');
  });

  test('lets late records through whose duplicates are not known, or gives them to who takes them', () => {
    const tooLate = (late: KStream<string, string>) => late.to('late');
    const through = deduplicating({ within: 10 });
    const aside = deduplicating({ within: 10, grace: 20, late: tooLate });
    for (const { input } of [through, aside]) {
      input.pipeInput('other', 'now', 1_000);
      input.pipeInput('k', 'a', 979);
      input.pipeInput('k', 'b', 985);
    }
    expect(through.output.readValuesToList()).toEqual(['now', 'a', 'b']);
    expect(aside.output.readValuesToList()).toEqual(['now', 'b']);
    expect(aside.driver.createOutputTopic('late', texts).readValuesToList()).toEqual(['a']);
  });

  test('goes through a repartition topic when keys may have changed', () => {
    const { topology, input, output } = oneStream(
      (stream) => stream.selectKey((_key, value) => value).deduplicate({ within: 10, ...texts }),
      texts,
    );
    expect(topology.repartitionTopics).toHaveLength(1);
    input.pipeInput('1', 'x', 0);
    input.pipeInput('2', 'x', 1);
    expect(output.readKeyValuesToList()).toEqual([['x', 'x']]);
  });

  test('drops duplicates that come from one record', () => {
    const { input, output } = oneStream(
      (stream) => stream.flatMapValues((value) => value.split(' ')).deduplicate({ within: 10, ...byId }),
      texts,
    );
    input.pipeInput('k', 'a b a c b', 0);
    expect(output.readValuesToList()).toEqual(['a', 'b', 'c']);
  });

  test('needs to be told how to write ids', () => {
    expect(() => deduplicating({ within: 10, by: () => 'x' })).toThrow(/pass \{ id/);
    expect(() => deduplicating({ within: -1 })).toThrow(RangeError);
  });

  test('lets through what an oracle does that forgets nothing, as long as no record is late', () => {
    const records = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), timestamp: fc.nat(60) }), { maxLength: 30 });
    fc.assert(
      fc.property(records, fc.nat(15), (given, within) => {
        const { input, output } = deduplicating({ within, grace: 60 });
        const kept: { key: string; timestamp: number }[] = [];
        for (const record of given) {
          input.pipeInput(record.key, String(record.timestamp), record.timestamp);
          const isNear = (one: { readonly timestamp: number }) => Math.abs(one.timestamp - record.timestamp) <= within;
          if (!kept.some((one) => one.key === record.key && isNear(one))) kept.push(record);
        }
        expect(output.readRecordsToList().map(({ key, timestamp }) => ({ key, timestamp }))).toEqual(kept);
      }),
      { numRuns: 60 },
    );
  });
});
