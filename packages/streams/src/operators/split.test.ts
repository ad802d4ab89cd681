import { string } from '@nagare/serdes';
import { expect, expectTypeOf, test } from 'vitest';
import type { KStream } from '../dsl/stream.ts';
import { oneStream } from '../testing/one-stream.ts';
import { statelessSuite } from '../testing/stateless-suite.ts';

const texts = { key: string, value: string };

statelessSuite(
  'split',
  (stream, call) =>
    stream
      .split()
      .branch('all', (key, value) => {
        call(key, value);
        return true;
      })
      .noDefaultBranch().all,
);

test('split sends a record to the first branch that takes it, and the rest to the default', () => {
  const { driver, input } = oneStream((stream) => {
    const branches = stream
      .split()
      .branch('short', (_, value) => value.length < 3)
      .branch('shortOrA', (key) => key === 'a')
      .defaultBranch('rest');
    expectTypeOf(branches).toEqualTypeOf<{
      readonly short: KStream<string, string>;
      readonly shortOrA: KStream<string, string>;
      readonly rest: KStream<string, string>;
    }>();
    branches.short.to('short');
    branches.shortOrA.to('a');
    return branches.rest;
  }, texts);
  input.pipeKeyValueList([
    ['a', 'xy'],
    ['a', 'long'],
    ['b', 'long'],
    ['b', 'x'],
  ]);
  expect(driver.createOutputTopic('short', texts).readKeyValuesToList()).toEqual([
    ['a', 'xy'],
    ['b', 'x'],
  ]);
  expect(driver.createOutputTopic('a', texts).readKeyValuesToList()).toEqual([['a', 'long']]);
  expect(driver.createOutputTopic('out', texts).readKeyValuesToList()).toEqual([['b', 'long']]);
});

test('split without a default branch drops the rest', () => {
  const { input, output } = oneStream(
    (stream) =>
      stream
        .split()
        .branch('a', (key) => key === 'a')
        .noDefaultBranch().a,
    texts,
  );
  input.pipeKeyValueList([
    ['a', '1'],
    ['b', '2'],
  ]);
  expect(output.readKeyValuesToList()).toEqual([['a', '1']]);
});

test('split asks no predicate after the first that holds', () => {
  let asked = 0;
  const { input } = oneStream((stream) => {
    const { first } = stream
      .split()
      .branch('first', () => true)
      .branch('second', () => {
        asked += 1;
        return true;
      })
      .noDefaultBranch();
    return first;
  }, texts);
  input.pipeInput('a', 'x');
  expect(asked).toBe(0);
});
