import { seededRandom } from '@nagare/base';
import type { Client, OutgoingMessage } from '@nagare/client';
import type { Input } from './topology.ts';

/** A record of the load. */
export interface InputRecord {
  readonly topic: Input;
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
}

const spanMs = 3_600_000;
const jitterMs = 30_000;
/** How many keys of orders are in use at a time. */
const openOrders = 20;

/** Draws a load. Event times go over an hour, out of order by half a minute, from a full hour that is long enough ago. */
export function generate({ count, seed }: { readonly count: number; readonly seed: string }): readonly InputRecord[] {
  const random = seededRandom(`load ${seed}`);
  const startMs = Math.floor(Date.now() / spanMs) * spanMs - 3 * spanMs;
  const versions = new Map<string, number>();
  const nextOf = (name: string) => {
    const next = (versions.get(name) ?? 0) + 1;
    versions.set(name, next);
    return next;
  };
  const spread = 20 + Math.floor(count / 500);
  const one = (prefix: string, keys: number) => `${prefix}${random.below(keys)}`;
  const draw = (at: number): Pick<InputRecord, 'topic' | 'key' | 'value'> => {
    const kind = random.below(100);
    if (kind < 45) {
      return { topic: 'clicks', key: one('u', spread), value: `${one('i', spread)}:${random.below(100)}` };
    }
    if (kind < 65) {
      const topic = kind < 55 ? 'orders' : 'payments';
      const key = `o${Math.floor(at / 200) * openOrders + random.below(openOrders)}`;
      return { topic, key, value: `${key}.${nextOf(`${topic} ${key}`)}` };
    }
    if (kind < 80) {
      const topic = kind < 73 ? 'left' : 'right';
      const key = one('k', spread);
      return { topic, key, value: `${nextOf(`${topic} ${key}`)}` };
    }
    if (kind < 95) {
      const key = one('b', 4 * spread);
      const value = `${one('p', spread)}:${nextOf(`baskets ${key}`)}`;
      return { topic: 'baskets', key, value: random.below(10) === 0 ? null : value };
    }
    const key = one('p', spread);
    return { topic: 'products', key, value: `${nextOf(`products ${key}`)}` };
  };
  return Array.from({ length: count }, (_, at) => {
    const timestamp = startMs + jitterMs + Math.floor((at / count) * (spanMs - 2 * jitterMs)) + random.below(jitterMs);
    return { ...draw(at), timestamp };
  });
}

/** Sends records in their order, and gives up only when a broker is away for minutes. */
export class Sender implements AsyncDisposable {
  readonly #producer: ReturnType<Client['producer']>;

  constructor(client: Client) {
    this.#producer = client.producer({ deliveryTimeoutMs: 300_000 });
  }

  async send(
    records: readonly (Omit<InputRecord, 'topic'> & { readonly topic: string; readonly partition?: number })[],
  ) {
    const byTopic = new Map<string, OutgoingMessage[]>();
    for (const { topic, ...message } of records) {
      const messages = byTopic.get(topic);
      if (messages === undefined) byTopic.set(topic, [message]);
      else messages.push(message);
    }
    await Promise.all([...byTopic].map(([topic, messages]) => this.#producer.send({ topic, messages })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer.close();
  }
}
