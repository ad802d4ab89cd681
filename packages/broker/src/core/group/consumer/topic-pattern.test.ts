import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { topicsView } from '../../../testing/consumer-shard.ts';
import { expandedLength, TopicPattern, TopicPatterns } from './topic-pattern.ts';

function compiled(source: string): TopicPattern {
  const pattern = TopicPattern.compile(source);
  if (typeof pattern === 'string') throw new Error(pattern);
  return pattern;
}

describe('A topic pattern', () => {
  test('fits whole names', () => {
    const topics = topicsView({ 'log.b': 1, 'log.a': 1, 'log-a': 1, 'my.log.a': 1 });
    expect(compiled('log\\.[a-z]').matches(topics)).toEqual(['log.a', 'log.b']);
    expect(compiled('(?i)LOG.*').matches(topics)).toEqual(['log-a', 'log.a', 'log.b']);
    expect(compiled('').matches(topics)).toEqual([]);
  });

  test('follows the topics', () => {
    const pattern = compiled('t.');
    expect(pattern.matches(topicsView({ t1: 1, u1: 1 }))).toEqual(['t1']);
    expect(pattern.matches(topicsView({ t2: 1, t1: 1 }))).toEqual(['t1', 't2']);
    expect(pattern.matches(topicsView({}))).toEqual([]);
  });

  test.each(['(', 'a**', 'a(?=b)', '(?<!a)b', '(a)\\1', '[z-a]', 'a{2000}'])('is none: %s', (source) => {
    expect(TopicPattern.compile(source)).toEqual(expect.any(String));
  });

  test('takes no longer for names that are made to keep it busy', () => {
    const name = `${'a'.repeat(50_000)}!`;
    const before = process.cpuUsage();
    for (const source of ['(a+)+$', '(a|aa)+$', '(a|a?)+$', '(.*a){12}'])
      compiled(source).matches(topicsView({ [name]: 1 }));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });

  test('is refused when it would become too large', () => {
    for (const source of [
      'x'.repeat(5_000),
      '((((x{10}){10}){10}){2}){9}',
      'x{1000}'.repeat(100),
      `(${'x'.repeat(100)}){900}`,
    ]) {
      expect(TopicPattern.compile(source)).toBe('it is too large');
    }
    const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
    expect(compiled(uuid).matches(topicsView({ '01234567-89ab-cdef-0123-456789abcdef': 1 }))).toHaveLength(1);
  });

  test.each([
    ['abc', 3],
    ['(ab){3}', 6],
    ['(a(bc){2,4}){3}', 27],
    ['a{2,}b', 3],
    ['\\Q(((\\E{5}', 35],
    ['(a\\Q)\\Eb){10}', 70],
    ['[(){9}]{2}', 14],
    ['\\({3}', 6],
    ['a)(b', 2],
  ])('written out, %s has at least the length %i', (source, length) => {
    expect(expandedLength(source)).toBe(length);
  });

  test('written out has at least the length of what it fits, whatever is repeated', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]');
    const { pattern } = fc.letrec<{ pattern: { source: string; length: number } }>((tie) => ({
      pattern: fc.oneof(
        { depthSize: 'small' },
        atom.map((source) => ({ source, length: 1 })),
        fc
          .tuple(tie('pattern'), tie('pattern'))
          .map(([a, b]) => ({ source: a.source + b.source, length: a.length + b.length })),
        fc
          .tuple(tie('pattern'), fc.integer({ min: 1, max: 9 }))
          .map(([a, times]) => ({ source: `(${a.source}){${times}}`, length: a.length * times })),
      ),
    }));
    fc.assert(fc.property(pattern, ({ source, length }) => expandedLength(source) >= length));
  });
});

test('Patterns stay compiled as long as there are not too many of them', () => {
  const patterns = new TopicPatterns();
  const first = patterns.get('a');
  expect(patterns.get('a')).toBe(first);
  for (let index = 0; index < 300; index++) patterns.get(`b${index}`);
  expect(patterns.get('a')).not.toBe(first);
  expect(patterns.get('(')).toEqual(expect.any(String));
});
