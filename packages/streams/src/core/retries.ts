import { type Header, noHeaders } from '../record.ts';
import type { RetryPlan } from '../topology/retry-plan.ts';
import type { SourceNode } from '../topology/topology.ts';
import { deadLetter } from './deserialization.ts';
import type { FailedRecord } from './failures.ts';
import type { OutputRecord } from './output.ts';

const names = { attempt: '__streams.retry.attempt', due: '__streams.retry.due' } as const;
/** How many headers a record that comes back has beside its own: those of a dead letter, and the two above. */
const headerCount = 8;

/** Where records of a topic go when processing fails. */
interface Route {
  readonly plan: RetryPlan;
  /** How many further attempts a record of this topic has had or is having. */
  readonly attempt: number;
  /** The real name of the next topic, or undefined behind the last attempt. */
  readonly next: string | undefined;
}

/** Sends records that processing has failed for to topics from which the same task reads them again when it is time. */
export class Retries {
  readonly #routes = new Map<string, Route>();
  readonly #wallTimeMs: () => number;

  constructor(
    sources: readonly SourceNode[],
    parts: { readonly topicName: (name: string) => string; readonly wallTimeMs: () => number },
  ) {
    this.#wallTimeMs = parts.wallTimeMs;
    for (const { retry: plan } of sources) {
      for (const chain of plan?.chains ?? []) {
        const real = chain.map(parts.topicName);
        for (const [attempt, topic] of real.entries()) {
          this.#routes.set(topic, { plan: plan as RetryPlan, attempt, next: real[attempt + 1] });
        }
      }
    }
  }

  /** Whether the records of a topic have to wait until they are due. */
  areDelayedIn(topic: string): boolean {
    return (this.#routes.get(topic)?.attempt ?? 0) > 0;
  }

  /** The record for another attempt, or undefined when there is none: then a handler decides. */
  next(error: unknown, record: FailedRecord): OutputRecord | undefined {
    const { plan, attempt, next } = this.#routes.get(record.topic) ?? {};
    const isThere = record.key !== null || record.value !== null;
    if (plan === undefined || attempt === undefined || next === undefined || !isThere || !plan.when(error)) {
      return undefined;
    }
    const letter = deadLetter(error, this.firstRead(record), { deadLetterTopic: next });
    const dueMs = this.#wallTimeMs() + (plan.delaysMs[attempt] as number);
    const headers = [...letter.headers, header(names.attempt, attempt + 1), header(names.due, dueMs)];
    return { ...letter, partition: record.partition, headers };
  }

  /** A record as it was read at its first attempt. */
  firstRead(record: FailedRecord): FailedRecord {
    if (!this.areDelayedIn(record.topic)) return record;
    const textOf = (name: string) => {
      const found = record.headers.slice(-headerCount).find(({ key }) => key === `__streams.errors.${name}`);
      return found?.value?.toString() ?? '';
    };
    return {
      ...record,
      topic: textOf('topic'),
      partition: Number(textOf('partition')),
      offset: Number(textOf('offset')),
      headers: ownHeaders(record.headers),
    };
  }
}

/** When a record that comes back is due, in milliseconds since 1970. */
export function dueMsOf(headers: readonly Header[]): number {
  const last = headers.at(-1);
  return last?.key === names.due ? Number(last.value) : 0;
}

/** The headers that a record had before it came back. */
export function ownHeaders(headers: readonly Header[]): readonly Header[] {
  const own = headers.slice(0, -headerCount);
  return own.length === 0 ? noHeaders : own;
}

function header(key: string, value: number): Header {
  return { key, value: Buffer.from(String(value)) };
}
