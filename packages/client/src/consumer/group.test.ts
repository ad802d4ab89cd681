import { createSimulation } from '@nagare/base/sim';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClient } from '../client.ts';
import type { AssignorName, Consumer } from '../consumer.ts';
import { partitionKey } from '../core/assignors/assignor.ts';
import type { TopicPartition } from '../record.ts';
import { ScriptedCluster } from '../testing/scripted-cluster.ts';

const partitions = 5;
const simMsMax = 2_000_000;

const scenes = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  assignor: fc.constantFrom<AssignorName>('cooperative-sticky', 'sticky', 'range', 'roundrobin'),
  resetRate: fc.constantFrom(0, 0.02),
  moves: fc.array(fc.constantFrom('join', 'join', 'leave', 'send'), { minLength: 4, maxLength: 14 }),
});

test('members read everything, and never one partition at the same time, while they come and go', async () => {
  await fc.assert(
    fc.asyncProperty(scenes, async ({ seed, assignor, resetRate, moves }) => {
      const sim = createSimulation({ seed });
      const platform = sim.platform('broker');
      const cluster = await sim.complete(ScriptedCluster.start({ platform, topics: { orders: partitions } }));
      const client = createClient({ brokers: cluster, platform: sim.platform('client') });
      const producer = client.producer();
      const owners = new Map<string, string>();
      const shared: string[] = [];
      const seen = new Set<string>();
      const members = new Map<string, { readonly consumer: Consumer; readonly finished: Promise<void> }>();
      let sent = 0;

      const join = async (name: string) => {
        const settings = { heartbeatIntervalMs: 200, autoCommitIntervalMs: 300, assignors: [assignor] };
        const consumer = client.consumer({ groupId: 'g', autoOffsetReset: 'earliest', ...settings });
        const forget = (list: readonly TopicPartition[]) => {
          for (const partition of list) owners.delete(partitionKey(partition));
        };
        const onAssigned = (list: readonly TopicPartition[]) => {
          for (const partition of list) {
            const owner = owners.get(partitionKey(partition));
            if (owner !== undefined) shared.push(`${name} gets ${partitionKey(partition)} of ${owner}`);
            owners.set(partitionKey(partition), name);
          }
        };
        consumer.subscribe({ topics: ['orders'], listener: { onAssigned, onRevoked: forget, onLost: forget } });
        const { finished } = await consumer.run({ eachMessage: ({ message }) => void seen.add(String(message.value)) });
        members.set(name, { consumer, finished });
      };
      const send = async () => {
        const messages = Array.from({ length: 7 }, () => ({
          value: `${sent++}`,
          partition: sim.random.below(partitions),
        }));
        await sim.complete(producer.send({ topic: 'orders', messages }), { simMsMax });
      };

      await join('first');
      Object.assign(sim.network.faults, { resetRate });
      for (const [index, move] of moves.entries()) {
        if (move === 'join') await join(`member ${index}`);
        else if (move === 'send') await send();
        else if (members.size > 1) {
          const [name, { consumer }] = [...members][sim.random.below(members.size)]!;
          members.delete(name);
          await sim.complete(consumer.close(), { simMsMax });
        }
        await sim.advance(sim.random.next() * 2_000);
      }
      Object.assign(sim.network.faults, { resetRate: 0 });
      await send();
      await sim.runUntil(() => seen.size === sent, { simMsMax });
      for (const { consumer, finished } of members.values())
        await sim.complete(Promise.all([consumer.close(), finished]), { simMsMax });
      await sim.complete(producer.close());
      expect(shared).toEqual([]);
    }),
    { numRuns: 12, endOnFailure: true },
  );
}, 120_000);
