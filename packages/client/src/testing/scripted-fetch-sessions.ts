import { type apis, type ErrorName, type StructValue, zeroUuid } from '@nagare/protocol';

type FetchDraft = StructValue<typeof apis.fetch.request.fields>;

/** What a fetch asks of one partition, under the topic's name. */
export interface FetchRow {
  readonly topic: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly partitionMaxBytes: number;
}

interface Session {
  epoch: number;
  readonly rows: Map<string, FetchRow>;
}

/** A topic's id for tests, made from its name. */
export function topicIdOf(topic: string): string {
  const bytes = Buffer.alloc(16);
  bytes.write(topic.slice(-16));
  return bytes.toString('base64url');
}

/** The fetch sessions of one broker for tests. */
export class ScriptedFetchSessions {
  /** How many requests went on with a session. */
  incremental = 0;
  /** Rows that requests named. */
  named = 0;
  readonly #nameOf: (topicId: string) => string | undefined;
  readonly #sessions = new Map<number, Session>();
  #ids = 0;

  constructor(nameOf: (topicId: string) => string | undefined) {
    this.#nameOf = nameOf;
  }

  /** Forgets every session, as a broker does that starts again or needs the room. */
  clear(): void {
    this.#sessions.clear();
  }

  /** What a request asks for, with what its session remembers. */
  enter(
    request: FetchDraft,
  ): { readonly id: number; readonly isIncremental: boolean; readonly rows: FetchRow[] } | ErrorName {
    const rows = request.topics.flatMap((topic) =>
      topic.partitions.map((row) => ({ ...row, topic: this.#named(topic) })),
    );
    this.named += rows.length;
    if (request.sessionEpoch === -1) return { id: 0, isIncremental: false, rows };
    if (request.sessionEpoch === 0) return { id: this.#begin(request.sessionId, rows), isIncremental: false, rows };
    const session = this.#sessions.get(request.sessionId);
    if (session === undefined) return 'FETCH_SESSION_ID_NOT_FOUND';
    if (session.epoch !== request.sessionEpoch) return 'INVALID_FETCH_SESSION_EPOCH';
    session.epoch += 1;
    this.incremental += 1;
    for (const topic of request.forgottenTopicsData)
      for (const partition of topic.partitions) session.rows.delete(`${partition} ${this.#named(topic)}`);
    for (const row of rows) session.rows.set(`${row.partition} ${row.topic}`, row);
    return { id: request.sessionId, isIncremental: true, rows: [...session.rows.values()] };
  }

  #begin(before: number, rows: readonly FetchRow[]): number {
    this.#sessions.delete(before);
    this.#ids += 1;
    this.#sessions.set(this.#ids, {
      epoch: 1,
      rows: new Map(rows.map((row) => [`${row.partition} ${row.topic}`, row])),
    });
    return this.#ids;
  }

  #named({ topic, topicId }: { readonly topic: string; readonly topicId: string }): string {
    return topicId === zeroUuid ? topic : (this.#nameOf(topicId) ?? '');
  }
}
