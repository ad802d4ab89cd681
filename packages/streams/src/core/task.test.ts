import { string } from '@nagare/serdes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { noHeaders, type RawRecord } from '../record.ts';
import type { TimestampExtractor } from '../topology/topology.ts';
import { Task } from './task.ts';

const texts = { key: string, value: string };

/** A task that reads topics `a` and `b` and notes `topic offset` of each record. */
function taskOfTwo(timestamp?: TimestampExtractor) {
  const seen: string[] = [];
  const builder = new StreamsBuilder();
  const consumed = { ...texts, ...(timestamp === undefined ? {} : { timestamp }) };
  builder
    .stream('a', consumed)
    .merge(builder.stream('b', consumed))
    .process<string, string>((context) => () => void seen.push(`${context.source.topic} ${context.source.offset}`));
  const [topology] = builder.build().subTopologies;
  if (topology === undefined) throw new Error('no sub-topology');
  const task = new Task({
    topology,
    partition: 0,
    topics: ['a', 'b'],
    stores: [],
    topicName: (name) => name,
    deserialization: { decide: () => 'fail', deadLetterTopic: undefined },
  });
  return { task, seen };
}

function records(from: number, ...timestamps: readonly number[]): RawRecord[] {
  return timestamps.map((timestamp, i) => ({
    key: null,
    value: null,
    timestamp,
    offset: from + i,
    headers: noHeaders,
  }));
}

describe('a task with several partitions', () => {
  test('takes the record with the smallest timestamp, and of equal ones that of the first topic', () => {
    const { task, seen } = taskOfTwo();
    task.addRecords('b', records(0, 1, 5, 5), 3);
    task.addRecords('a', records(0, 3, 5, 9), 3);
    expect(task.process(100, 0)).toBe(6);
    expect(seen).toEqual(['b 0', 'a 0', 'a 1', 'b 1', 'b 2', 'a 2']);
  });

  test('gives one order for one input, however it was fetched', () => {
    const timestamps = fc.array(fc.nat(5), { maxLength: 20 });
    fc.assert(
      fc.property(timestamps, timestamps, fc.nat(20), (a, b, cut) => {
        const whole = taskOfTwo();
        whole.task.addRecords('a', records(0, ...a), a.length, a.length);
        whole.task.addRecords('b', records(0, ...b), b.length, b.length);
        whole.task.process(1_000, 0, 0);
        const pieces = taskOfTwo();
        pieces.task.addRecords('b', records(0, ...b.slice(0, cut)), Math.min(cut, b.length), b.length);
        pieces.task.process(1_000, 0, 0);
        pieces.task.addRecords('a', records(0, ...a), a.length, a.length);
        pieces.task.process(1_000, 0, 0);
        pieces.task.addRecords('b', records(cut, ...b.slice(cut)), b.length, b.length);
        pieces.task.process(1_000, 0, 0);
        expect(pieces.seen).toEqual(whole.seen);
      }),
    );
  });

  test('waits for a partition that it knows nothing of, or that has more, and not for one that is read to its end', () => {
    const { task, seen } = taskOfTwo();
    task.addRecords('a', records(0, 1, 2), 2, 2);
    expect(task.process(100, 0, 0)).toBe(0);
    task.noteLags(() => 3);
    expect(task.process(100, 0, 0)).toBe(0);
    task.noteLags(() => 0);
    expect(task.process(100, 0, 0)).toBe(2);
    expect(seen).toEqual(['a 0', 'a 1']);
  });

  test('waits as long as it is told for one that is read to its end', () => {
    const { task } = taskOfTwo();
    task.addRecords('a', records(0, 1), 1, 1);
    task.addRecords('b', [], 0, 0);
    expect(task.process(100, 1_000, 50)).toBe(0);
    expect(task.process(100, 1_049, 50)).toBe(0);
    expect(task.process(100, 1_050, 50)).toBe(1);
  });

  test('does not wait at all with an idle time of -1', () => {
    const { task } = taskOfTwo();
    task.addRecords('a', records(0, 1), 1, 1);
    expect(task.process(100, 0, -1)).toBe(1);
  });
});

describe('what a task commits', () => {
  const offsets = (task: Task) => task.prepareCommit().offsets.map(({ topic, offset }) => `${topic} ${offset}`);

  test('is the offset of the next record that waits, or where the fetch goes on', () => {
    const { task } = taskOfTwo();
    expect(offsets(task)).toEqual([]);
    task.addRecords('a', records(10, 1, 2, 3), 20);
    task.process(2, 0);
    expect(offsets(task)).toEqual(['a 12']);
    task.process(1, 0);
    expect(offsets(task)).toEqual(['a 20']);
  });

  test('moves past records whose time is refused', () => {
    const { task, seen } = taskOfTwo(() => -1);
    task.addRecords('a', records(0, 1, 2), 2);
    expect(task.process(100, 0)).toBe(0);
    expect(seen).toEqual([]);
    expect(offsets(task)).toEqual(['a 2']);
    expect(task.isCommitNeeded).toBe(true);
    expect([...task.droppedRecords]).toEqual([['timestamp', 2]]);
  });
});

describe('timestamps', () => {
  test('come from the function of the source, which is told the time of the partition so far', () => {
    const asked: number[] = [];
    const { task } = taskOfTwo((record, partitionTime) => {
      asked.push(partitionTime);
      return record.offset * 10;
    });
    task.addRecords('a', records(0, 0, 0, 0), 3);
    task.process(100, 0);
    expect(asked).toEqual([-1, 0, 10]);
    expect(task.streamTimeMs).toBe(20);
  });

  test('that are negative end the task unless a function gives others', () => {
    const { task } = taskOfTwo();
    expect(() => task.addRecords('a', records(0, -1), 1)).toThrow(
      expect.objectContaining({ code: 'NAGARE_STREAMS_TIMESTAMP' }),
    );
  });
});
