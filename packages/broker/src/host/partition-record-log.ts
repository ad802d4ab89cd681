import { assert } from '@nagare/base';
import {
  BatchBuilder,
  type BatchOptions,
  type ErrorName,
  isControl,
  isTransactional,
  lastOffset,
  producerEpoch,
  producerId,
  RecordReader,
  readEndTxnMarker,
  splitBatches,
} from '@nagare/protocol';
import type { StoredPair, TxnEnd, TxnProducer } from '../core/shard.ts';
import type { TxnMarker } from '../core/transaction/txn-marker.ts';
import type { Log } from '../log/log.ts';
import type { MarkerAppend, RecordLog } from './shard-host.ts';

const replayBytes = 1024 * 1024;

/** What is used of a partition. */
interface LoggedPartition {
  readonly log: Log;
  readonly partition: { readonly highWatermark: number };
  /** Appends a batch of the broker's own, before it returns. */
  appendBatch(batch: Buffer): void;
  /** Appends the end of a transaction before it returns, unless it says why not. */
  appendMarker(marker: TxnMarker): ErrorName;
  committed(offset: number): Promise<void>;
}

/** A partition as the coordinator that it remembers things for uses it. */
export class PartitionRecordLog implements RecordLog {
  readonly #host: LoggedPartition;
  readonly #nowMs: () => number;

  constructor(host: LoggedPartition, nowMs: () => number) {
    this.#host = host;
    this.#nowMs = nowMs;
  }

  async append(records: readonly StoredPair[]): Promise<void> {
    const { log } = this.#host;
    const options = { timestamp: this.#nowMs(), bytesMax: log.config.maxMessageBytes };
    for (const batch of batchesOf(records, options)) this.#host.appendBatch(batch);
    await this.#host.committed(log.endOffset);
  }

  checkProducer({ id, epoch }: TxnProducer): ErrorName {
    const latest = this.#host.log.producers.get(id)?.epoch ?? epoch;
    return epoch < latest ? 'INVALID_PRODUCER_EPOCH' : 'NONE';
  }

  appendMarker(marker: TxnMarker): MarkerAppend {
    const error = this.#host.appendMarker(marker);
    return { error, committed: error === 'NONE' ? this.#host.committed(this.#host.log.endOffset) : Promise.resolve() };
  }

  async replay(each: (record: StoredPair) => void, ended: (end: TxnEnd) => void): Promise<void> {
    const { log, partition } = this.#host;
    // What a disk that failed did not keep stands behind the high watermark: nobody was told of it, and nobody may be.
    const end = partition.highWatermark;
    for (let offset = log.startOffset; offset < end; ) {
      const chunks = await log.read({ offset, bytesMax: replayBytes, upTo: end });
      const batches = chunks.flatMap(splitBatches);
      if (batches.length === 0) return;
      for (const batch of batches) {
        if (isControl(batch)) replayMarker(batch, ended);
        else replayRecords(batch, each);
        offset = lastOffset(batch) + 1;
      }
    }
  }
}

/** Records as one batch, or as few as their topic allows: only a group of very many offsets, when it is deleted, needs more. */
function* batchesOf(
  records: readonly StoredPair[],
  { timestamp, bytesMax }: { readonly timestamp: number; readonly bytesMax: number },
): Generator<Buffer> {
  const first = records[0];
  if (first === undefined) return;
  const options = { ...optionsOf(first), bytesMax };
  let builder = new BatchBuilder(options);
  for (const { key, value, producer } of records) {
    assert(producer?.id === first.producer?.id, 'Records that are appended together are those of one producer');
    if (builder.append({ timestamp, key, value })) continue;
    yield builder.build();
    builder = new BatchBuilder(options);
    builder.append({ timestamp, key, value });
  }
  yield builder.build();
}

function optionsOf({ producer }: StoredPair): BatchOptions {
  if (producer === undefined) return {};
  return { producerId: producer.id, producerEpoch: producer.epoch, isTransactional: true };
}

function replayRecords(batch: Buffer, each: (record: StoredPair) => void): void {
  const reader = new RecordReader(batch);
  const producer = isTransactional(batch) ? { id: producerId(batch), epoch: producerEpoch(batch) } : undefined;
  while (reader.next()) {
    const stored = { key: reader.key(), value: reader.value() };
    each(producer === undefined ? stored : { ...stored, producer });
  }
}

/** Other control records, of which a coordinator's log has none, say nothing to it. */
function replayMarker(batch: Buffer, ended: (end: TxnEnd) => void): void {
  const marker = readEndTxnMarker(batch);
  if (marker === undefined) return;
  const { type, producerId, producerEpoch } = marker;
  ended({ producerId, producerEpoch, isCommit: type === 'commit' });
}
