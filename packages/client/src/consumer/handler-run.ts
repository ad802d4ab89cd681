import type { BatchContext, ConsumerRun, Message, RecordCursor, RunOptions } from '../consumer.ts';
import type { FetchedChunk } from '../core/fetched-chunk.ts';
import type { KafkaConsumer } from './kafka-consumer.ts';
import { MessageReader } from './message-reader.ts';

const waitMs = 1_000;

/** Starts to call a handler for what a consumer reads. */
export function startRun(consumer: KafkaConsumer, options: RunOptions): ConsumerRun {
  const { eachMessage, eachBatch } = options;
  if ((eachMessage === undefined) === (eachBatch === undefined)) {
    throw new TypeError('run() needs one handler: eachMessage or eachBatch');
  }
  const release = consumer.occupy('run');
  const stopping = new AbortController();
  const signal = options.signal === undefined ? stopping.signal : AbortSignal.any([options.signal, stopping.signal]);
  const loop =
    eachBatch === undefined ? runMessages(consumer, options, signal) : runBatches(consumer, eachBatch, signal);
  const finished = loop
    .catch((error) => {
      if (!signal.aborted && !consumer.isClosed) throw error;
    })
    .finally(release);
  return {
    finished,
    async stop() {
      stopping.abort();
      await finished;
    },
  };
}

async function runMessages(consumer: KafkaConsumer, { eachMessage }: RunOptions, signal: AbortSignal): Promise<void> {
  const reader = new MessageReader(consumer);
  try {
    while (!signal.aborted) {
      const message = reader.next();
      if (message === undefined) {
        await reader.wait(signal);
        continue;
      }
      const { topic, partition } = message;
      const pause = () => consumer.pause([{ topic, partition }]);
      const done = eachMessage?.({ topic, partition, message, pause });
      // A handler that is not asynchronous costs no turn of the event loop.
      if (done !== undefined) await done;
      reader.finish();
    }
  } finally {
    reader.close();
  }
}

async function runBatches(
  consumer: KafkaConsumer,
  eachBatch: NonNullable<RunOptions['eachBatch']>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // One chunk at a time: the rest stays where a rebalance or a pause reaches it.
    for (const chunk of await consumer.take({ timeoutMs: waitMs, bytesMax: 1, signal })) {
      chunk.reader.position = chunk.nextOffset;
      await eachBatch(batchContext(consumer, chunk));
      if (chunk.isWanted) chunk.reader.processed = chunk.nextOffset;
    }
  }
}

function batchContext(consumer: KafkaConsumer, chunk: FetchedChunk): BatchContext {
  const { topic, partition, reader } = chunk;
  return {
    topic,
    partition,
    batch: chunk,
    messages: { [Symbol.iterator]: () => messagesOf(chunk, chunk.records()) },
    resolveOffset: (offset) => {
      if (chunk.isWanted) reader.processed = offset + 1;
    },
    pause: () => consumer.pause([{ topic, partition }]),
  };
}

function* messagesOf({ topic, partition }: FetchedChunk, cursor: RecordCursor): Generator<Message> {
  while (cursor.next()) {
    const { offset, timestamp, key, value, headers } = cursor;
    yield { topic, partition, offset, timestamp, key, value, headers };
  }
}
