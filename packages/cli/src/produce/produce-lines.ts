import type { OutgoingMessage, Producer } from '@nagare/client';
import { connect } from '../bootstrap.ts';
import type { ProduceOptions } from '../commands/produce.ts';
import { linesOf } from '../lines.ts';
import { lineParser } from './line-parser.ts';

/** Chunks of input that may be on their way at once; reading waits beyond. */
const sendsMax = 8;

const acksOf = { '0': 0, '1': 1, all: -1 } as const;

/** Sends each line of `input`, in order, and says how many were acknowledged. */
export async function produceLines(
  topic: string,
  options: ProduceOptions,
  input: AsyncIterable<Buffer>,
): Promise<void> {
  const parse = lineParser(options);
  const client = await connect(options);
  const { compression, acks, operationTimeout: blockMsMax } = options;
  await using producer = client.producer({ compression, acks: acksOf[acks], blockMsMax });
  const count = await sendAll(producer, topic, linesOf(input), parse);
  process.stdout.write(`produced ${count} ${count === 1 ? 'record' : 'records'} to ${topic}\n`);
}

/** Sends what comes in, chunk by chunk, a bounded number of chunks at a time. */
async function sendAll(
  producer: Producer,
  topic: string,
  chunks: AsyncIterable<readonly Buffer[]>,
  parse: (line: Buffer) => OutgoingMessage,
): Promise<number> {
  const sending: Promise<unknown>[] = [];
  let count = 0;
  for await (const lines of chunks) {
    if (sending.length >= sendsMax) await sending.shift();
    const sent = producer.send({ topic, messages: lines.map(parse) });
    // Awaited in turn; until then a failure must not count as one that nobody handles.
    sent.catch(() => {});
    sending.push(sent);
    count += lines.length;
  }
  await Promise.all(sending);
  return count;
}
