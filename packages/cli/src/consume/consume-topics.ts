import type { Client, Consumer, FetchedPartition, RecordCursor } from '@nagare/client';
import { adminOf, connect } from '../bootstrap.ts';
import type { ConsumeOptions } from '../commands/consume.ts';
import { jsonLine, type PrintableRecord, parseFormat } from '../output/record-format.ts';
import { writeAll } from '../output/writer.ts';
import { UsageError } from '../usage-error.ts';
import { stopSignal } from './stop-signal.ts';

/** How long one poll waits when no `--timeout` bounds it. */
const pollMs = 1_000;

/** Prints records until `--max`, `--timeout`, a signal, or the reader of standard output ends it. */
export async function consumeTopics(topics: readonly string[], options: ConsumeOptions): Promise<void> {
  checkOptions(topics, options);
  const print = options.output === 'json' ? jsonLine : parseFormat(options.format);
  const signal = stopSignal();
  const client = await connect(options);
  await using consumer = client.consumer({
    ...(options.group === undefined ? { autoCommit: false } : { groupId: options.group, autoCommit: false }),
    autoOffsetReset: options.fromBeginning ? 'earliest' : 'latest',
    isolationLevel: options.isolation,
  });
  if (options.group === undefined) await assign(client, consumer, topics, options);
  else consumer.subscribe({ topics });
  await printRecords(consumer, print, options, signal);
}

function checkOptions(topics: readonly string[], { group, partition, offset }: ConsumeOptions): void {
  if (group !== undefined && partition !== undefined) {
    throw new UsageError('--group and --partition exclude each other: a group divides partitions itself');
  }
  if (offset !== undefined && (partition === undefined || topics.length > 1)) {
    throw new UsageError('--offset needs one topic and --partition');
  }
}

/** Takes all partitions of the topics, or the one that was asked for. */
async function assign(
  client: Client,
  consumer: Consumer,
  topics: readonly string[],
  options: ConsumeOptions,
): Promise<void> {
  const { partition: only, offset } = options;
  await using admin = adminOf(client, options);
  const described = await admin.describeTopics({ topics });
  const partitions = described.flatMap(({ topic, partitions }) => {
    const chosen = partitions.filter(({ partition }) => only === undefined || partition === only);
    if (chosen.length === 0) throw new UsageError(`${topic} has no partition ${only}: it has ${partitions.length}`);
    return chosen.map(({ partition }) => ({ topic, partition }));
  });
  consumer.assign(partitions);
  if (offset !== undefined) for (const partition of partitions) consumer.seek({ ...partition, offset });
}

async function printRecords(
  consumer: Consumer,
  print: (record: PrintableRecord) => Buffer,
  { max = Number.POSITIVE_INFINITY, timeout, group }: ConsumeOptions,
  signal: AbortSignal,
): Promise<void> {
  let left = max;
  let lastMs = Date.now();
  while (left > 0 && !signal.aborted) {
    const waitMs = timeout === undefined ? pollMs : Math.min(pollMs, lastMs + timeout - Date.now());
    if (waitMs <= 0) break;
    const fetched = await consumer.poll({ timeoutMs: waitMs }).catch(stoppedBy(signal));
    const printed = textOf(fetched, print, left);
    if (printed.count === 0) continue;
    await writeAll(process.stdout, printed.text);
    // Committed only once printed, and only what was: a reader that goes away early misses nothing the next time.
    if (group !== undefined) await consumer.commit(printed.positions);
    left -= printed.count;
    lastMs = Date.now();
  }
}

function stoppedBy(signal: AbortSignal): (error: unknown) => readonly FetchedPartition[] {
  return (error) => {
    if (signal.aborted) return [];
    throw error;
  };
}

/** Up to `max` records of what was fetched, as text, and where each partition goes on behind them. */
function textOf(fetched: readonly FetchedPartition[], print: (record: PrintableRecord) => Buffer, max: number) {
  const chunks: Buffer[] = [];
  const positions = [];
  for (const part of fetched) {
    if (chunks.length >= max) break;
    const records = part.records();
    let offset = part.nextOffset;
    while (records.next()) {
      if (chunks.length >= max) {
        offset = records.offset;
        break;
      }
      chunks.push(print(printable(part, records)));
    }
    positions.push({ topic: part.topic, partition: part.partition, offset });
  }
  return { text: Buffer.concat(chunks), count: chunks.length, positions };
}

function printable({ topic, partition }: FetchedPartition, cursor: RecordCursor): PrintableRecord {
  const { offset, timestamp, key, value, headers } = cursor;
  return { topic, partition, offset, timestamp, key, value, headers };
}
