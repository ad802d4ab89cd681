import type { Product, RunningBroker } from './broker.ts';
import type { Child } from './child.ts';
import { answersApiVersions } from './first-answer.ts';
import { waitFor } from './wait.ts';

/** Waits until the broker answers and returns the milliseconds since `startMs`. Ends one that does not, and throws. */
export async function awaitFirstAnswer(child: Child, bootstrap: string, startMs: number): Promise<number> {
  try {
    await waitFor(
      async () => {
        if (!child.isRunning) return true;
        return (await answersApiVersions(bootstrap)) ? true : undefined;
      },
      { what: `an answer from ${bootstrap}`, timeoutMs: 180_000, everyMs: 5 },
    );
  } catch (error) {
    await child.end('SIGKILL');
    throw error;
  }
  if (!child.isRunning) throw new Error(`The broker ended before it answered\n${child.tail()}`);
  return performance.now() - startMs;
}

/** The handle of a started broker. */
export function runningBroker(facts: {
  readonly product: Product;
  readonly child: Child;
  readonly port: number;
  readonly dataDirectory: string;
  readonly startedInMs: number;
}): RunningBroker {
  const { child, ...rest } = facts;
  return {
    ...rest,
    bootstrap: `127.0.0.1:${facts.port}`,
    pid: child.pid,
    tail: () => child.tail(),
    async stop() {
      const exit = await child.end('SIGTERM');
      // The Java virtual machine reports a SIGTERM that it has handled as 143.
      if (exit.code !== 0 && exit.code !== 143) throw new Error(`The broker ended with ${exit.code}\n${child.tail()}`);
    },
    async kill() {
      await child.end('SIGKILL');
    },
    async [Symbol.asyncDispose]() {
      if (child.isRunning) await child.end('SIGKILL');
    },
  };
}
