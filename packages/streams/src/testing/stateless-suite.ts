import { string } from '@nagare/serdes';
import { describe, expect, test } from 'vitest';
import type { KStream } from '../dsl/stream.ts';
import type { Header } from '../record.ts';
import { oneStream } from './one-stream.ts';

/** What every operator without state must do. `apply` uses it with a function of the test. */
export function statelessSuite(
  name: string,
  apply: (stream: KStream<string, string>, call: (key: string, value: string) => void) => KStream<string, string>,
): void {
  const texts = { key: string, value: string };

  describe(`${name} as an operator without state`, () => {
    test('calls nothing before there is a record', () => {
      const calls: string[] = [];
      const { output } = oneStream((stream) => apply(stream, (key) => void calls.push(key)), texts);
      expect(calls).toEqual([]);
      expect(output.isEmpty).toBe(true);
    });

    test('is called once for each record, in order', () => {
      const calls: unknown[] = [];
      const { input } = oneStream((stream) => apply(stream, (...call) => void calls.push(call)), texts);
      for (const key of ['a', 'b', 'c']) input.pipeInput(key, `${key}!`);
      expect(calls).toEqual([
        ['a', 'a!'],
        ['b', 'b!'],
        ['c', 'c!'],
      ]);
    });

    test('is called with the null of a tombstone', () => {
      const calls: unknown[] = [];
      const { input } = oneStream((stream) => apply(stream, (...call) => void calls.push(call)), texts);
      input.pipeInput('a', null);
      expect(calls).toEqual([['a', null]]);
    });

    test('keeps timestamp and headers of what it lets through', () => {
      const headers: Header[] = [{ key: 'trace', value: Buffer.from('1') }];
      const { input, output } = oneStream((stream) => apply(stream, () => undefined), texts);
      input.pipeInput('a', 'x', 42, headers);
      for (const record of output.readRecordsToList()) expect(record).toMatchObject({ timestamp: 42, headers });
    });

    test('ends the task with a coded error that names the node and the record when the function throws', () => {
      const broken = new Error('boom');
      const { input } = oneStream(
        (stream) =>
          apply(stream, (key) => {
            if (key === 'b') throw broken;
          }),
        texts,
      );
      input.pipeInput('a', 'x');
      expect(() => input.pipeInput('b', 'x')).toThrow(
        expect.objectContaining({
          code: 'NAGARE_STREAMS_USER_FUNCTION',
          cause: broken,
          message: expect.stringMatching(/KSTREAM-[A-Z-]+\d{10}, in-0 at offset 1: boom/),
        }),
      );
    });

    test('stays ended after its error', () => {
      const { input } = oneStream(
        (stream) =>
          apply(stream, () => {
            throw new Error('boom');
          }),
        texts,
      );
      expect(() => input.pipeInput('a', 'x')).toThrow('boom');
      expect(() => input.pipeInput('a', 'x')).toThrow('boom');
    });
  });
}
