import { Reader, Writer } from '@nagare/protocol';
import type { TopicPartition } from '../../record.ts';
import { type Assignor, toResult } from './assignor.ts';
import { groupByTopic } from './by-topic.ts';
import { type Claim, ownersBy } from './owners.ts';
import { stickyAssignment } from './sticky-assignment.ts';

/**
 * Divides evenly and moves as little as possible. Members give everything up before they join, so they tell the leader
 * what they had in their user data, in the layout that Java's members use.
 */
export function stickyAssignor(): Assignor {
  let last: Claim = { partitions: [], generationId: -1 };
  return {
    name: 'sticky',
    protocol: 'eager',
    userData: () => writeClaim(last),
    assign: (members, partitionCounts) => {
      const owned = ownersBy(members, partitionCounts, (member) => readClaim(member.userData));
      return toResult(stickyAssignment(members, partitionCounts, owned));
    },
    onAssignment({ partitions }, generationId) {
      last = { partitions, generationId };
    },
  };
}

function writeClaim({ partitions, generationId }: Claim): Buffer {
  const writer = new Writer();
  const topics = groupByTopic(partitions);
  writer.count(topics.length);
  for (const { topic, partitions: numbers } of topics) {
    writer.string(topic);
    writer.count(numbers.length);
    for (const number of numbers) writer.int32(number);
  }
  writer.int32(generationId);
  return writer.toBuffer();
}

function readClaim(userData: Buffer | null): Claim {
  const partitions: TopicPartition[] = [];
  if (userData === null || userData.length === 0) return { partitions, generationId: -1 };
  const reader = new Reader(userData);
  for (let topics = reader.count(6); topics > 0; topics--) {
    const topic = reader.string();
    for (let count = reader.count(4); count > 0; count--) partitions.push({ topic, partition: reader.int32() });
  }
  // The first version of the layout had no generation.
  return { partitions, generationId: reader.remaining >= 4 ? reader.int32() : -1 };
}
