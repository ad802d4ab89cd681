/** Counts the records of each key, and ends its thread once for each of the values that say how. */
import { mkdirSync } from 'node:fs';
import { int64, string } from '@nagare/serdes';
import { StreamsBuilder } from '@nagare/streams';

const builder = new StreamsBuilder();
builder
  .stream('threads-in', { key: string, value: string })
  .peek((_key, value) => {
    if (value !== null && value !== 'x' && isFirst(value)) endBy(value);
  })
  .groupByKey()
  .count({ store: 'counts', cached: false })
  .toStream()
  .to('threads-out', { key: string, value: int64 });

export const topology = builder.build();

/** Whether no thread has asked before: a folder can be made once. */
function isFirst(value: string): boolean {
  try {
    mkdirSync(`${process.env.NAGARE_TEST_MARKS}/${value}`);
    return true;
  } catch {
    return false;
  }
}

function endBy(value: string): void {
  if (value === 'throw') throw new Error('thrown once');
  // Of a thread: nothing is committed, aborted, closed or said.
  process.exit(1);
}
