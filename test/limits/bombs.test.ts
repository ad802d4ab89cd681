import { apis, type CompressionType, encodeBatch, errorName, prepareCompression } from '@nagare/protocol';
import { beforeAll, expect, test } from 'vitest';
import { cpuSeconds } from '../tools/process-cost.ts';
import { Wire } from '../tools/wire.ts';
import { mib, note } from './figures.ts';
import { createTopics, HealthyClient, settledBytes, startBroker, watchMemory } from './limited-broker.ts';

const mebibyte = 1024 * 1024;

/** A batch of one record of zeros, which shrink best. */
function batchOf(compression: CompressionType, valueBytes: number): Buffer {
  return encodeBatch({ compression }, [{ timestamp: 1, key: Buffer.from('k'), value: Buffer.alloc(valueBytes) }]);
}

/** Gives the error of a batch on a compacted topic, whose records the broker has to look at. */
async function produce(bootstrap: string, records: Buffer): Promise<string> {
  using wire = new Wire(bootstrap);
  const topicData = [{ name: 'compacted', partitionData: [{ index: 0, records }] }];
  const { responses } = await wire.request(apis.produce, 8, { acks: 1, timeoutMs: 30_000, topicData });
  return errorName(responses[0]?.partitionResponses[0]?.errorCode ?? -1) ?? '';
}

beforeAll(() => prepareCompression(['zstd']));

// Snappy and lz4 shrink to a twentieth and a 255th: a bomb below the greatest message is smaller.
test.each([
  ['gzip', 200],
  ['snappy', 20],
  ['lz4', 100],
  ['zstd', 200],
] as const)('a batch of %s that inflates to %i MiB is refused, and nobody waits for it', async (codec, size) => {
  const broker = await startBroker({ 'message.max.bytes': '2000000' });
  await createTopics(broker.bootstrap, { compacted: { 'cleanup.policy': 'compact' } });
  expect(await produce(broker.bootstrap, batchOf(codec, 12 * mebibyte))).toBe('NONE');
  const bomb = batchOf(codec, size * mebibyte);
  expect(bomb.length).toBeLessThan(2_000_000);
  expect(await produce(broker.bootstrap, Buffer.from(bomb))).toBe('MESSAGE_TOO_LARGE');
  const before = await settledBytes(broker.pid);
  const memory = watchMemory(broker.pid);
  const healthy = new HealthyClient(broker.bootstrap);
  const cpuBefore = cpuSeconds(broker.pid);
  for (let count = 0; count < 10; count += 1) {
    expect(await produce(broker.bootstrap, Buffer.from(bomb))).toBe('MESSAGE_TOO_LARGE');
  }
  const cpuMs = ((cpuSeconds(broker.pid) - cpuBefore) * 1_000) / 10;
  const { maxMs } = await healthy.end();
  const grown = memory.stop() - before;
  note({
    limit: `decompression bomb, ${codec}: ${bomb.length.toLocaleString('en-US')} bytes that inflate to ${size} MiB`,
    measured: `MESSAGE_TOO_LARGE; ${cpuMs.toFixed(0)} ms of CPU each; another client waited ${maxMs.toFixed(1)} ms at most; ${mib(grown)} more memory`,
    goal: 'refused after 16 MiB; 50 ms',
  });
  expect(cpuMs).toBeLessThan(400);
  expect(grown).toBeLessThan(160 * mebibyte);
});
