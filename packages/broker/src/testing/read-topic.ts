import { apis, errorName, isControl, producerId, readRecords, splitBatches } from '@nagare/protocol';
import type { WireClient } from './wire-client.ts';

export interface ReadOptions {
  readonly offset?: number;
  readonly partition?: number;
  readonly isCommitted?: boolean;
  readonly bytesMax?: number;
  readonly maxWaitMs?: number;
}

/** Asks once for the records of a partition. */
export async function fetchOnce(client: WireClient, topic: string, options: ReadOptions = {}) {
  const { offset = 0, partition = 0, isCommitted = true, bytesMax = 1_000_000, maxWaitMs = 0 } = options;
  const { responses } = await client.request(apis.fetch, 11, {
    ...{ maxWaitMs, minBytes: 1, isolationLevel: isCommitted ? 1 : 0 },
    topics: [{ topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: bytesMax }] }],
  });
  const { errorCode, records, abortedTransactions, ...positions } = responses[0]!.partitions[0]!;
  const batches = splitBatches(records ?? Buffer.alloc(0));
  const aborted = abortedTransactions?.map((txn) => ({ ...txn })) ?? null;
  return { ...positions, error: errorName(errorCode), aborted, batches };
}

/** The values that a consumer of committed records reads up to the last stable offset: it leaves out what was aborted. */
export async function readCommitted(client: WireClient, topic: string, options: ReadOptions = {}): Promise<string[]> {
  const values: string[] = [];
  for (let offset = options.offset ?? 0; ; ) {
    const { batches, aborted } = await fetchOnce(client, topic, { ...options, offset });
    if (batches.length === 0) return values;
    const next = (aborted ?? []).toSorted((a, b) => b.firstOffset - a.firstOffset);
    const abortedProducers = new Set<number>();
    for (const batch of batches) {
      const records = readRecords(batch);
      const last = records.at(-1)!;
      while (next.length > 0 && next.at(-1)!.firstOffset <= last.offset) abortedProducers.add(next.pop()!.producerId);
      if (isControl(batch)) abortedProducers.delete(producerId(batch));
      else if (!abortedProducers.has(producerId(batch))) {
        for (const { offset: at, value } of records) if (at >= offset) values.push(String(value));
      }
      offset = last.offset + 1;
    }
  }
}
