import type { Admin, OffsetSpec, TopicPartition, TopicPartitionOffset } from '@nagare/client';
import type { ResetOptions } from '../commands/groups.ts';
import { UsageError } from '../usage-error.ts';

const ways = ['toEarliest', 'toLatest', 'toOffset', 'toTimestamp', 'shiftBy'] as const;

/** Where the offsets of a group are to be set, within what the partitions hold. */
export async function resetTargets(
  admin: Admin,
  groupId: string,
  options: ResetOptions,
): Promise<TopicPartitionOffset[]> {
  if (ways.filter((way) => options[way] !== undefined).length !== 1) {
    throw new UsageError('say where to, once: --to-earliest, --to-latest, --to-offset, --to-timestamp or --shift-by');
  }
  const partitions = await partitionsOf(admin, options);
  const [starts, ends] = await Promise.all([at(admin, partitions, 'earliest'), at(admin, partitions, 'latest')]);
  const wanted = await wantedOffsets(admin, groupId, partitions, options, { starts, ends });
  return partitions.map((each, index) => {
    const [start = 0, end = 0] = [starts[index], ends[index]];
    return { ...each, offset: Math.min(Math.max(wanted[index] ?? end, start), end) };
  });
}

async function partitionsOf(admin: Admin, { topic, partition }: ResetOptions): Promise<TopicPartition[]> {
  const [described] = await admin.describeTopics({ topics: [topic] });
  const partitions = (described?.partitions ?? []).map((each) => ({ topic, partition: each.partition }));
  if (partition === undefined) return partitions;
  const one = partitions.filter((each) => each.partition === partition);
  if (one.length === 0) throw new UsageError(`${topic} has no partition ${partition}: it has ${partitions.length}`);
  return one;
}

interface Bounds {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** One offset for each partition; below 0 when there is none, which stands for the end. */
async function wantedOffsets(
  admin: Admin,
  groupId: string,
  partitions: readonly TopicPartition[],
  options: ResetOptions,
  { starts, ends }: Bounds,
): Promise<readonly (number | undefined)[]> {
  if (options.toEarliest) return starts;
  if (options.toLatest) return ends;
  if (options.toOffset !== undefined) return partitions.map(() => options.toOffset);
  if (options.toTimestamp !== undefined) {
    const found = await at(admin, partitions, { timestamp: options.toTimestamp });
    return found.map((offset) => (offset < 0 ? undefined : offset));
  }
  const committed = await admin.fetchOffsets({ groupId, partitions });
  return partitions.map(({ partition }) => {
    const offset = committed.find((each) => each.partition === partition)?.offset;
    if (offset === undefined || offset < 0) {
      throw new UsageError(`${groupId} has no offset of ${options.topic}-${partition} that could be shifted`);
    }
    return offset + (options.shiftBy ?? 0);
  });
}

async function at(admin: Admin, partitions: readonly TopicPartition[], spec: OffsetSpec): Promise<number[]> {
  const listed = await admin.listOffsets({ partitions: partitions.map((each) => ({ ...each, at: spec })) });
  return partitions.map(({ partition }) => listed.find((each) => each.partition === partition)?.offset ?? -1);
}
