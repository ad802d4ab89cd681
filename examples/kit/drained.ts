import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicPartition } from '@nagare/client';
import type { Streams } from '@nagare/streams';
import type { Stage } from './stage.ts';

/** An application that gets no further for so long has failed. */
const stallMs = 180_000;
const lookMs = 100;

/** How far an application is, by what the cluster knows. */
export interface Standing {
  /** Records in the output topics. */
  readonly written: number;
  /** Records that the application has processed and committed, those between its steps included. */
  readonly committed: number;
  /** Nothing was left to process at one moment, so nothing more will come. */
  readonly isDrained: boolean;
}

/**
 * Waits until an application has processed and committed all that it is fed.
 *
 * @param options.inputs - The topics that it reads.
 * @param options.outputs - The topics that it writes.
 * @param options.feed - Sends the inputs, and stops when the signal aborts.
 * @param options.onLook - Told now and then how far it is.
 * @throws What the application, the feeding or the signal failed with.
 */
export async function drained(
  { admin, applicationId }: Pick<Stage, 'admin' | 'applicationId'>,
  app: Pick<Streams, 'finished'>,
  options: {
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly feed: (signal: AbortSignal) => Promise<void>;
    readonly onLook?: (standing: Standing) => void;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const { inputs, outputs, feed, onLook = () => undefined, signal } = options;
  const look = await watch(admin, applicationId, inputs, outputs);
  const stop = new AbortController();
  signal?.addEventListener('abort', () => stop.abort(), { once: true });
  let isFed = false;
  const feeding = feed(stop.signal).then(() => {
    isFed = true;
  });
  const ended = app.finished.then(() => {
    throw new Error('The application was closed before its end');
  });
  const trouble = Promise.race([feeding.then(() => new Promise<never>(() => undefined)), ended]);
  // It is listened to in the pauses; a failure at another time must not end the process.
  trouble.catch(() => undefined);
  try {
    for (let last = { work: -1, ms: Date.now() }; ; ) {
      const wasFed = isFed;
      const standing = await look();
      onLook(standing);
      if (wasFed && standing.isDrained) return;
      // One that is killed before its first commit, on a slow machine again and again, has worked all the same.
      const work = standing.committed + standing.written;
      if (work > last.work) last = { work, ms: Date.now() };
      if (Date.now() - last.ms > stallMs) throw new Error(`Nothing was processed for ${stallMs / 1_000} seconds`);
      await Promise.race([sleep(lookMs, undefined, { signal: stop.signal }), trouble]);
    }
  } finally {
    stop.abort();
    await feeding.catch(() => undefined);
  }
}

/** Reads what is committed before the ends of the topics: where both are equal, nothing was left at one moment. */
async function watch(
  admin: Stage['admin'],
  applicationId: string,
  inputs: readonly string[],
  outputs: readonly string[],
): Promise<() => Promise<Standing>> {
  const all = (await admin.listTopics()).map(({ topic }) => topic);
  const between = all.filter((topic) => topic.startsWith(`${applicationId}-`) && topic.endsWith('-repartition'));
  const read = new Set([...inputs, ...between]);
  const described = await admin.describeTopics({ topics: [...read, ...outputs] });
  const partitions = described.flatMap(({ topic, partitions: some }) =>
    some.map(({ partition }): TopicPartition => ({ topic, partition })),
  );
  const queries = partitions.map((partition) => ({ ...partition, at: 'latest' as const }));
  return async () => {
    const committed = await admin.fetchOffsets({ groupId: applicationId });
    const ends = await admin.listOffsets({ partitions: queries });
    const committedOf = new Map(committed.map(({ topic, partition, offset }) => [`${topic} ${partition}`, offset]));
    const isRead = ({ topic, partition, offset }: { topic: string; partition: number; offset: number }) =>
      (committedOf.get(`${topic} ${partition}`) ?? 0) >= offset;
    return {
      written: sum(ends.filter(({ topic }) => !read.has(topic))),
      committed: sum(committed),
      isDrained: ends.filter(({ topic }) => read.has(topic)).every(isRead),
    };
  };
}

function sum(offsets: readonly { readonly offset: number }[]): number {
  return offsets.reduce((total, { offset }) => total + offset, 0);
}
