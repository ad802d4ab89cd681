import type { ProduceRun } from './perf-tools.ts';

/** One row: how records are produced and, where that is of interest, consumed. */
export interface Row extends Pick<ProduceRun, 'codec' | 'acks' | 'transactionMs' | 'recordBytes'> {
  readonly name: string;
  readonly partitions: number;
  /** Whether readers can tell the records from those of another row: the way of the acknowledgement they cannot. */
  readonly isConsumed: boolean;
}

type Circumstances = Pick<Row, 'codec' | 'acks' | 'transactionMs' | 'partitions'>;

const sizes = [
  { recordBytes: 100, size: '100 B' },
  { recordBytes: 1024, size: '1 KiB' },
  { recordBytes: 10_240, size: '10 KiB' },
] as const;
const codecs = ['none', 'lz4', 'zstd'] as const;
const acknowledgements = ['1', 'all', 'transactional'] as const;
const partitionCounts = [1, 16] as const;

const transactionMs = 100;

/** Each circumstance by itself, beside acks=1 without compression on one partition. */
export const shortRows: readonly Row[] = sizes.flatMap((size) => [
  ...codecs.map((codec) => row(size, { codec, partitions: 1 })),
  row(size, { acks: 'all', partitions: 1 }),
  row(size, { transactionMs, partitions: 1 }),
  row(size, { partitions: 16 }),
]);

/** All combinations. */
export const fullRows: readonly Row[] = sizes.flatMap((size) =>
  codecs.flatMap((codec) =>
    acknowledgements.flatMap((acks) =>
      partitionCounts.map((partitions) => row(size, { codec, ...howOf(acks), partitions })),
    ),
  ),
);

/** What syncing before an answer costs: to be compared with the rows of acks=all. */
export const syncedRows: readonly Row[] = sizes.map((size) => {
  const asked = row(size, { acks: 'all', partitions: 1 });
  return { ...asked, name: `${asked.name}, synced` };
});

function howOf(acks: (typeof acknowledgements)[number]): Partial<Circumstances> {
  return acks === 'transactional' ? { transactionMs } : { acks };
}

function row({ recordBytes, size }: (typeof sizes)[number], how: Circumstances): Row {
  const { codec = 'none', acks = '1', partitions } = how;
  const isTransactional = how.transactionMs !== undefined;
  const parts = [
    size,
    codec,
    isTransactional ? 'transactional' : `acks=${acks}`,
    partitions === 1 ? '1 partition' : `${partitions} partitions`,
  ];
  return { ...how, name: parts.join(', '), recordBytes, isConsumed: !isTransactional && acks === '1' };
}
