import type { apis, ErrorName, RequestOf, ResponseDraftOf } from '@nagare/protocol';
import type { PartitionHost } from './partition-host.ts';

/** What a Fetch request asks of one partition. */
export type AskedPartition = RequestOf<typeof apis.fetch>['topics'][number]['partitions'][number];

/** What the answer says of one partition. */
export type PartitionData = ResponseDraftOf<typeof apis.fetch>['responses'][number]['partitions'][number];

/** One partition to read, in the order of reading. */
export interface FetchTarget {
  readonly asked: AskedPartition;
  readonly partition: PartitionHost | undefined;
  /** The error to answer when there is no such partition. */
  readonly missing: ErrorName;
}

/** A target with the names under which the answer tells of it. */
export interface NamedFetchTarget extends FetchTarget {
  /** Empty where the request has ids, and the id is not known. */
  readonly topic: string;
  /** Zero where the request has names. */
  readonly topicId: string;
}
