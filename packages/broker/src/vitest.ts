import { type Broker, type BrokerOptions, createBroker } from './create-broker.ts';

/** A fixture of vitest: the runner calls it, and ends it when the test or the file that has it is over. */
export type BrokerFixture = (context: object, use: (broker: Broker) => Promise<void>) => Promise<void>;

/**
 * A broker for each test that names it, stopped when the test is over: a fixture for vitest's `test.extend`.
 *
 * @param options - As for {@link createBroker}.
 * @example One broker for each test
 * ```ts
 * const test = base.extend({ broker: brokerFixture() });
 * test('counts orders', async ({ broker }) => { await broker.topics.append('orders', [{ value: '1' }]); });
 * ```
 * @example One broker for all tests of a file
 * ```ts
 * const test = base.extend({ broker: [brokerFixture(), { scope: 'file' }] });
 * ```
 */
export function brokerFixture(options: BrokerOptions = {}): BrokerFixture {
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads from this pattern that the fixture needs no other.
  return async ({}, use) => {
    await using broker = await createBroker(options);
    await use(broker);
  };
}
