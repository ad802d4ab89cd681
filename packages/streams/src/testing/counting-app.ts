import { defineSerde, string } from '@nagare/serdes';
import type { StreamsConfig } from '../config.ts';
import { StreamsBuilder } from '../dsl/builder.ts';
import { Streams } from '../streams.ts';
import type { Topology } from '../topology/topology.ts';
import { type FakeClient, FakeCluster } from './fake-cluster.ts';

export const texts = { key: string, value: string };
/** Numbers as text, so that outputs can be read. */
export const textNumber = defineSerde<number>({ write: (n) => Buffer.from(String(n)), read: (bytes) => Number(bytes) });

/** Counts the records of each key of `in` into `out`. */
export function counting(onRecord: (key: string, value: string) => void = () => undefined): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .peek(onRecord)
    .groupByKey()
    .count({ store: 'counts', value: textNumber })
    .toStream()
    .to('out', { value: textNumber });
  return builder.build();
}

/** Counts the words of `in` into `out`. */
export function wordCount(): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('in', texts)
    .flatMapValues((text) => text.split(' '))
    .groupBy((_key, word) => word, texts)
    .count({ store: 'words' })
    .toStream()
    .to('out', { value: textNumber });
  return builder.build();
}

/** A cluster with the topics of these applications. */
export function cluster(partitions = 1): FakeCluster {
  const made = new FakeCluster();
  made.createTopic('in', partitions);
  made.createTopic('out');
  return made;
}

/** Every change is sent, so that each can be waited for. */
const base = { applicationId: 'app', pollMs: 10, commitIntervalMs: 0, statestoreCacheMaxBytes: 0 };

/** An application that commits whenever it can. */
export function app(topology: Topology, client: FakeClient, config: Partial<StreamsConfig> = {}): Streams {
  return new Streams(topology, { ...base, client, ...config });
}

/** A promise of the first call. */
export function once() {
  let happened: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    happened = resolve;
  });
  return { promise, happened };
}

/** Where the application would go on; `name` is a partition and its topic. */
export const committedOffset = (fake: FakeCluster, name: string) => fake.committed.get(name)?.offset ?? 0;
