import { setTimeout as delay } from 'node:timers/promises';
import { apis } from '@nagare/protocol';
import { afterEach, expect } from 'vitest';
import type { RunningBroker } from '../tools/broker.ts';
import { startNagare } from '../tools/nagare.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { residentBytes } from '../tools/process-cost.ts';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';

let cleanUp: (() => Promise<void>)[] = [];

/** Starts a broker for one test, which must still serve when the test ends. */
export async function startBroker(settings: Readonly<Record<string, string>> = {}): Promise<RunningBroker> {
  const scratch = scratchDirectory('limits');
  const broker = await startNagare({ dataDirectory: `${scratch.path}/data`, settings });
  cleanUp.push(async () => {
    await broker[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });
  return broker;
}

afterEach(async () => {
  const all = cleanUp;
  cleanUp = [];
  for (const end of all) await end();
});

/** Creates topics of one partition. */
export async function createTopics(
  bootstrap: string,
  topics: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<void> {
  using wire = new Wire(bootstrap);
  const answer = await wire.request(apis.createTopics, 5, {
    timeoutMs: 30_000,
    topics: Object.entries(topics).map(([name, configs]) => ({
      ...{ name, numPartitions: 1, replicationFactor: 1, assignments: [] },
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
  });
  expect(answer.topics.map(({ errorCode }) => errorCode)).toEqual(Object.keys(topics).map(() => 0));
}

/** A client that asks again as soon as it has an answer, and remembers how long each took. */
export class HealthyClient {
  readonly #wire: Wire;
  #isEnough = false;
  #latencies: number[] = [];
  readonly #loop: Promise<void>;

  constructor(bootstrap: string, pauseMs = 2) {
    this.#wire = new Wire(bootstrap);
    this.#loop = this.#run(pauseMs);
  }

  get answers(): number {
    return this.#latencies.length;
  }

  /** Resolves when it has had so many answers. */
  async answered(count: number): Promise<void> {
    await waitFor(() => (this.answers >= count ? true : undefined), { what: `${count} answers`, timeoutMs: 120_000 });
  }

  /** Ends it and gives the milliseconds that its answers took: how long the broker's event loop was held up. */
  async end(): Promise<{ readonly p99Ms: number; readonly maxMs: number; readonly answers: number }> {
    this.#isEnough = true;
    await this.#loop;
    this.#wire[Symbol.dispose]();
    const sorted = this.#latencies.sort((a, b) => a - b);
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    return { p99Ms: at(0.99), maxMs: at(1), answers: sorted.length };
  }

  async #run(pauseMs: number): Promise<void> {
    while (!this.#isEnough) {
      const startMs = performance.now();
      await this.#wire.request(apis.apiVersions, 0, {});
      this.#latencies.push(performance.now() - startMs);
      await delay(pauseMs);
    }
  }
}

/** The smallest of several looks at a process's memory, so that a collection that is due does not count. */
export async function settledBytes(pid: number, looks = 8): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < looks; look += 1) {
    least = Math.min(least, residentBytes(pid));
    await delay(250);
  }
  return least;
}

/** Looks at a process's memory until it is told to stop, and gives the most that it saw. */
export function watchMemory(pid: number): { stop(): number } {
  let most = residentBytes(pid);
  const timer = setInterval(() => {
    most = Math.max(most, residentBytes(pid));
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      return Math.max(most, residentBytes(pid));
    },
  };
}
