import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { type Product, type RunningBroker, startBroker } from '../tools/broker.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { Wire } from '../tools/wire.ts';
import { runTxnSequence } from './sequences/txn-sequence.ts';

const seeds = Number(process.env.NAGARE_SEQUENCES ?? 50);
const jars = await ifAvailable('Apache Kafka', () => classPath('kafka-4.3.1'));

describe.skipIf(jars === undefined)('random requests of transactional producers', () => {
  const scratch = scratchDirectory('sequences');
  const brokers: RunningBroker[] = [];
  const wires: Wire[] = [];

  beforeAll(async () => {
    for (const product of ['kafka', 'nagare'] satisfies Product[]) {
      const broker = await startBroker(product, { dataDirectory: join(scratch.path, product) });
      brokers.push(broker);
      wires.push(new Wire(broker.bootstrap));
    }
  }, 120_000);

  afterAll(async () => {
    for (const wire of wires) wire[Symbol.dispose]();
    for (const broker of brokers) await broker[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  test(`are answered as Apache Kafka answers them (${seeds} seeds)`, { timeout: 60_000 + seeds * 20_000 }, async () => {
    for (let seed = 0; seed < seeds; seed += 1) {
      const [theirs, ours] = await Promise.all(wires.map((wire) => runTxnSequence(wire, seed)));
      expect(ours, `seed ${seed}`).toEqual(theirs);
    }
  });
});
