import type { Random } from '@nagare/base';
import { FetchSession, type SessionPartition } from './fetch-session.ts';

/** For so long a session is safe from others, and after so long without use it gives way to any. */
const evictionMs = 120_000;

const sessionIdBound = 2 ** 31 - 1;

export interface FetchSessionCacheOptions {
  /** The most sessions at once; with 0 there are none. */
  readonly slots: number;
  readonly random: Random;
}

/**
 * The sessions of all readers. When all slots are taken, a new one may take that of a session which nobody has used for
 * two minutes, or that of an old one with fewer partitions: a larger one saves more.
 */
export class FetchSessionCache {
  readonly #slots: number;
  readonly #random: Random;
  /** The one that was used last stands last. */
  readonly #sessions = new Map<number, FetchSession>();

  constructor({ slots, random }: FetchSessionCacheOptions) {
    this.#slots = slots;
    this.#random = random;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: number): FetchSession | undefined {
    return this.#sessions.get(id);
  }

  remove(id: number): void {
    this.#sessions.delete(id);
  }

  /** The session was used now. */
  touch(session: FetchSession, nowMs: number): void {
    session.lastUsedMs = nowMs;
    this.#sessions.delete(session.id);
    this.#sessions.set(session.id, session);
  }

  /** A new session, or undefined when there is no room for it. */
  create(options: {
    readonly usesIds: boolean;
    readonly nowMs: number;
    readonly partitions: ReadonlyMap<string, SessionPartition>;
  }): FetchSession | undefined {
    if (this.#sessions.size >= this.#slots && !this.#tryEvict(options.partitions.size, options.nowMs)) return undefined;
    const session = new FetchSession({ ...options, id: this.#freeId() });
    this.#sessions.set(session.id, session);
    return session;
  }

  #tryEvict(size: number, nowMs: number): boolean {
    const victim = this.#stale(nowMs) ?? this.#smallestOld();
    if (victim === undefined) return false;
    if (nowMs - victim.lastUsedMs <= evictionMs && size <= victim.size) return false;
    this.#sessions.delete(victim.id);
    return true;
  }

  #stale(nowMs: number): FetchSession | undefined {
    for (const session of this.#sessions.values()) {
      return nowMs - session.lastUsedMs > evictionMs ? session : undefined;
    }
    return undefined;
  }

  #smallestOld(): FetchSession | undefined {
    let smallest: FetchSession | undefined;
    for (const session of this.#sessions.values()) {
      if (session.lastUsedMs - session.createdMs <= evictionMs) continue;
      if (smallest === undefined || session.size < smallest.size) smallest = session;
    }
    return smallest;
  }

  #freeId(): number {
    for (;;) {
      const id = 1 + this.#random.below(sessionIdBound);
      if (!this.#sessions.has(id)) return id;
    }
  }
}
