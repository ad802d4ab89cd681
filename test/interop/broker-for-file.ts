import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { productUnderTest, type RunningBroker, startBroker } from '../tools/broker.ts';
import { type ScratchDirectory, scratchDirectory } from '../tools/paths.ts';

/** Starts the broker under test before the tests of a file and ends it after them. Call the result inside a test. */
export function brokerForFile(settings: Readonly<Record<string, string>> = {}): () => RunningBroker {
  let scratch: ScratchDirectory | undefined;
  let broker: RunningBroker | undefined;
  beforeAll(async () => {
    scratch = scratchDirectory('interop');
    broker = await startBroker(productUnderTest(), { dataDirectory: join(scratch.path, 'data'), settings });
  });
  afterAll(async () => {
    await broker?.[Symbol.asyncDispose]();
    scratch?.[Symbol.dispose]();
  });
  return () => {
    if (broker === undefined) throw new Error('The broker runs only inside tests');
    return broker;
  };
}
