import { apis, errorCode, type RequestOf } from '@nagare/protocol';
import type { PartitionHost } from '../host/partition-host.ts';
import type { BrokerServices } from './context.ts';
import { defineHandler } from './define-handler.ts';

type Request = RequestOf<typeof apis.describeLogDirs>;

/** Tells how many bytes the log of each partition has in the data directory. */
export const handleDescribeLogDirs = defineHandler(apis.describeLogDirs, {
  handle(request, { broker }) {
    const topics = new Map<string, ReturnType<typeof describePartition>[]>();
    for (const host of wantedPartitions(request, broker)) {
      const described = topics.get(host.topic) ?? [];
      described.push(describePartition(host));
      topics.set(host.topic, described);
    }
    const directory = {
      errorCode: errorCode.NONE,
      logDir: broker.directory,
      topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
    };
    return { errorCode: errorCode.NONE, results: [directory] };
  },
});

function wantedPartitions({ topics }: Request, { partitions }: BrokerServices): Iterable<PartitionHost> {
  if (topics === null) return partitions.all();
  const asked = topics.flatMap(({ topic, partitions: indexes }) =>
    indexes.flatMap((index) => partitions.get(topic, index) ?? []),
  );
  return new Set(asked);
}

function describePartition({ index, log, partition }: PartitionHost) {
  return {
    partitionIndex: index,
    partitionSize: log.sizeBytes,
    offsetLag: Math.max(partition.highWatermark - log.endOffset, 0),
    isFutureKey: false,
  };
}
