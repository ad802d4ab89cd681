import { createSimulation } from '@nagare/base/sim';
import { errorCode } from '@nagare/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClient } from '../client.ts';
import type { Producer } from '../producer.ts';
import { type Interference, ScriptedCluster } from '../testing/scripted-cluster.ts';

/** What may happen to a request. Most are left alone, so that transactions come to an end. */
const interference: fc.Arbitrary<Interference> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant('drop-before' as const) },
  { weight: 2, arbitrary: fc.constant('drop-after' as const) },
  { weight: 2, arbitrary: fc.integer({ min: 10, max: 3_000 }).map((delayMs) => ({ delayMs })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('CONCURRENT_TRANSACTIONS', 'NOT_COORDINATOR', 'NOT_LEADER_OR_FOLLOWER', 'MESSAGE_TOO_LARGE')
      .map((name) => ({ errorCode: errorCode[name as 'NOT_COORDINATOR'] })),
  },
);

const disturbed: ReadonlySet<string> = new Set([
  'InitProducerId',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'Produce',
  'EndTxn',
]);

type Outcome = 'committed' | 'aborted' | 'unknown';

/** One transaction over three partitions and a group; says what its producer believes of it. */
async function transact(producer: Producer, round: number, wantsCommit: boolean): Promise<Outcome> {
  const tx = await producer.transaction();
  try {
    const messages = [0, 1, 2].map((partition) => ({ value: `${round}`, partition }));
    await tx.send({ topic: 'orders', messages });
    await tx.sendOffsets({
      groupMetadata: { groupId: 'shop', generationId: -1, memberId: '', groupInstanceId: null },
      offsets: [{ topic: 'bills', partition: 0, offset: round }],
    });
    if (wantsCommit) {
      await tx.commit();
      return 'committed';
    }
  } catch (error) {
    if ((error as { code?: string }).code === 'NAGARE_CLIENT_TRANSACTION_UNDECIDED') return 'unknown';
  }
  try {
    await tx.abort();
    return 'aborted';
  } catch {
    return 'unknown';
  }
}

test.each([1, 2] as const)(
  'no transaction by protocol %i is ever half visible, whatever is lost or late',
  { timeout: 60_000 },
  async (protocol) => {
    let committed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.infiniteStream(interference),
        fc.array(fc.boolean(), { minLength: 2, maxLength: 6 }),
        async (seed, fates, wants) => {
          const sim = createSimulation({ seed });
          const cluster = await sim.complete(
            ScriptedCluster.start({ platform: sim.platform('broker'), topics: { orders: 3, bills: 1 } }),
          );
          cluster.transactions.version = protocol;
          cluster.interfere = (api) => (disturbed.has(api) ? fates.next().value : undefined);
          const client = createClient({ brokers: cluster, platform: sim.platform('client') });
          const options = { transactionalId: 'till', requestTimeoutMs: 1_000, blockMsMax: 30_000 };
          const outcomes: Outcome[] = [];
          let producer = client.producer(options);
          for (const [round, wantsCommit] of wants.entries()) {
            const outcome = await sim.complete(
              transact(producer, round, wantsCommit).catch((): Outcome => 'unknown'),
              { simMsMax: 3_600_000 },
            );
            outcomes.push(outcome);
            if (outcome !== 'unknown') continue;
            await sim.complete(producer.close({ timeoutMs: 0 }));
            producer = client.producer(options);
          }
          cluster.interfere = () => undefined;
          // Whatever was late has come by now, and a last producer ends what was left open.
          await sim.complete(new Promise<void>((resolve) => sim.platform('x').timers.after(10_000, resolve)));
          await sim.complete((await sim.complete(client.producer(options).transaction())).commit());
          const seen = [0, 1, 2].map((partition) => cluster.partition('orders', partition).committedValues());
          for (const [round, outcome] of outcomes.entries()) {
            const counts = seen.map((values) => values.filter((value) => value === `${round}`).length);
            if (outcome === 'committed') expect(counts).toEqual([1, 1, 1]);
            else if (outcome === 'aborted') expect(counts).toEqual([0, 0, 0]);
            else expect([0, 3]).toContain(counts.reduce((sum, count) => sum + count, 0));
            if (outcome === 'committed') committed += 1;
          }
          const visible = outcomes.map((_, round) => round).filter((round) => seen[0]?.includes(`${round}`));
          expect(cluster.commits.get('shop bills 0')).toBe(visible.at(-1));
          expect(seen[1]).toEqual(seen[0]);
          expect(seen[2]).toEqual(seen[0]);
        },
      ),
      { numRuns: 40 },
    );
    expect(committed).toBeGreaterThan(20);
  },
);
