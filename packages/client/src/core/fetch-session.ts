import type { apis, ErrorName, RequestDraftOf } from '@nagare/protocol';

/** What is asked of one partition. */
export interface SessionPartition {
  readonly topic: string;
  /** Zero while it is not known; then topics are asked for by name. */
  readonly topicId: string;
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly fetchOffset: number;
  readonly partitionMaxBytes: number;
}

type FetchDraft = RequestDraftOf<typeof apis.fetch>;
type SessionDraft = Required<Pick<FetchDraft, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgottenTopicsData'>>;

const epochMax = 2 ** 31 - 1;

/** Answers that say that the broker and we do not mean the same session: it begins anew. */
const sessionErrors: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'FETCH_SESSION_ID_NOT_FOUND',
  'INVALID_FETCH_SESSION_EPOCH',
  'FETCH_SESSION_TOPIC_ID_ERROR',
  'INCONSISTENT_TOPIC_ID',
]);

/**
 * What one broker remembers of our fetches (KIP-227), so that a request names only what has changed since the one before.
 *
 * Both sides count the requests. Once an answer is lost, nobody knows what the broker remembers, and the next request
 * names everything again.
 */
export class FetchSession {
  #id = 0;
  /** Of the next request; 0 asks for a new session. */
  #epoch = 0;
  #held: ReadonlyMap<string, SessionPartition> = new Map();
  readonly #readableEnds = new Map<string, number>();

  /** What to say to have exactly these partitions fetched. The map is kept. */
  request(wanted: ReadonlyMap<string, SessionPartition>): SessionDraft {
    const before = this.#epoch === 0 ? new Map<string, SessionPartition>() : this.#held;
    this.#held = wanted;
    for (const key of this.#readableEnds.keys()) {
      const known = before.get(key);
      if (known === undefined || wanted.get(key)?.topicId !== known.topicId) this.#readableEnds.delete(key);
    }
    const changed: SessionPartition[] = [];
    for (const [key, partition] of wanted) {
      const known = before.get(key);
      if (known === undefined || !isSame(known, partition)) changed.push(partition);
    }
    const forgotten: SessionPartition[] = [];
    for (const [key, known] of before) if (wanted.get(key)?.topicId !== known.topicId) forgotten.push(known);
    return {
      sessionId: this.#id,
      sessionEpoch: this.#epoch,
      topics: byTopic(changed, (partition) => partition),
      forgottenTopicsData: byTopic(forgotten, ({ partition }) => partition),
    };
  }

  /** Notes how far a partition can be read, whoever asked: the broker does not tell it again until it changes. */
  told(key: string, readableEnd: number): void {
    this.#readableEnds.set(key, readableEnd);
  }

  /** How far a partition of the last request can be read, as it was told last; undefined before that. */
  readableEnd(key: string): number | undefined {
    return this.#readableEnds.get(key);
  }

  /** Takes the session that an answer names; brokers that have no room for one name none. */
  onAnswer(sessionId: number): void {
    if (sessionId === 0) this.#epoch = 0;
    else if (this.#epoch === 0) this.#epoch = 1;
    else this.#epoch = this.#epoch === epochMax ? 1 : this.#epoch + 1;
    this.#id = sessionId;
  }

  /** Takes an error of the request as a whole. False when it has nothing to do with the session. */
  onError(error: ErrorName): boolean {
    this.#epoch = 0;
    if (error === 'FETCH_SESSION_ID_NOT_FOUND') this.#id = 0;
    return sessionErrors.has(error);
  }

  /** Says that a request had no answer. */
  onLost(): void {
    this.#epoch = 0;
  }
}

function isSame(a: SessionPartition, b: SessionPartition): boolean {
  return (
    a.fetchOffset === b.fetchOffset &&
    a.currentLeaderEpoch === b.currentLeaderEpoch &&
    a.partitionMaxBytes === b.partitionMaxBytes &&
    a.topicId === b.topicId
  );
}

function byTopic<Row>(partitions: readonly SessionPartition[], rowOf: (partition: SessionPartition) => Row) {
  const topics = new Map<string, { topic: string; topicId: string; partitions: Row[] }>();
  for (const partition of partitions) {
    const { topic, topicId } = partition;
    const known = topics.get(topic);
    if (known === undefined) topics.set(topic, { topic, topicId, partitions: [rowOf(partition)] });
    else known.partitions.push(rowOf(partition));
  }
  return [...topics.values()];
}
