import fc from 'fast-check';
import type { LogConfig } from '../log/log-config.ts';

export type How = 'crash' | 'power-loss';
export type Meanwhile = 'nothing' | 'append' | 'read' | 'roll' | 'delete-before' | 'truncate' | How;

export interface Append {
  readonly kind: 'append';
  readonly records: number;
  readonly valueBytes: number;
  readonly isTombstone: boolean;
  readonly producer: number;
  readonly ageMs: number;
  readonly newEpoch: boolean;
}

export type Command =
  | Append
  | { kind: 'append-duplicate'; back: number }
  | { kind: 'begin'; producer: number; records: number }
  | { kind: 'end'; producer: number; isCommit: boolean }
  | { kind: 'roll' | 'write' | 'sync' | 'checkpoint' | 'retention' | 'restart' | How }
  | { kind: 'read'; at: number; bytesMax: number; below: number }
  | { kind: 'find-time' | 'find-epoch'; at: number }
  | { kind: 'delete-before' | 'truncate'; at: number }
  | { kind: 'compact'; meanwhile: Meanwhile; afterMs: number; at: number; keyBytesMax: number; rolls: boolean }
  | { kind: 'dirty-end'; how: How; syncs: boolean; afterMs: number };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const how = fc.constantFrom('crash' as const, 'power-loss' as const);
const kindOf = <Kind extends string>(...kinds: Kind[]) => fc.constantFrom(...kinds);
const append: fc.Arbitrary<Append> = fc.record({
  kind: fc.constant('append' as const),
  records: fc.integer({ min: 1, max: 4 }),
  valueBytes: fc.constantFrom(0, 10, 100, 700),
  isTombstone: fc.boolean(),
  producer: fc.integer({ min: -1, max: 2 }),
  ageMs: fc.integer({ min: -50, max: 50 }),
  newEpoch: fc.boolean(),
});
const compact = fc.record({
  kind: fc.constant('compact' as const),
  meanwhile: fc.constantFrom<Meanwhile>(
    ...([
      'nothing',
      'nothing',
      'append',
      'read',
      'read',
      'roll',
      'delete-before',
      'truncate',
      'crash',
      'power-loss',
    ] as const),
  ),
  afterMs: fc.constantFrom(0, 0.3, 1, 3, 8),
  at: share,
  keyBytesMax: fc.constantFrom(100_000, 100_000, 200),
  rolls: fc.boolean(),
});
const txnProducer = fc.integer({ min: 10, max: 12 });

/** What is done to a log, and what happens to it. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: append },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('append-duplicate' as const), back: fc.nat(6) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('begin' as const),
      producer: txnProducer,
      records: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('end' as const), producer: txnProducer, isCommit: fc.boolean() }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: kindOf('roll', 'roll', 'write', 'sync', 'checkpoint', 'retention', 'crash', 'power-loss', 'restart'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      at: share,
      bytesMax: fc.constantFrom(0, 300, 5000),
      below: share,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: kindOf('find-time', 'find-epoch'), at: share }) },
  { weight: 2, arbitrary: fc.record({ kind: kindOf('delete-before', 'truncate'), at: share }) },
  { weight: 7, arbitrary: compact },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('dirty-end' as const),
      how,
      syncs: fc.boolean(),
      afterMs: fc.constantFrom(0, 0.05, 0.3, 1),
    }),
  },
);

/** The log that it is done to. */
export const settings = fc.record({
  seed: fc.nat(),
  segmentBytes: fc.constantFrom(400, 1000, 4000),
  segmentIndexBytes: fc.constantFrom(48, 4096),
  indexIntervalBytes: fc.constantFrom(0, 150, 4096),
  tailBytesMax: fc.constantFrom(0, 500, 100_000),
  onDisk: fc.constantFrom(true, true, true, false),
  cleanupPolicy: fc.constantFrom<LogConfig['cleanupPolicy']>(
    ['delete'],
    ['compact'],
    ['compact'],
    ['compact', 'delete'],
  ),
  deleteRetentionMs: fc.constantFrom(0, 30, 1000),
});

export type Options = { seed: number; tailBytesMax: number; onDisk: boolean } & Partial<LogConfig>;
