import { apis, baseOffset, isControl, partitionLeaderEpoch, readRecords } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { decodeMetadataRecord, type MetadataRecord } from '../core/controller/records.ts';
import { dataDirectory, SimBroker } from '../testing/sim-broker.ts';
import { encodeSnapshot, formatSnapshotName, parseSnapshotName } from './metadata-snapshots.ts';

const folder = `${dataDirectory}/__cluster_metadata-0`;
const settings = { 'metadata.log.max.record.bytes.between.snapshots': 2_000 };

async function names(broker: SimBroker, extension: string): Promise<string[]> {
  const all = await broker.sim.complete(broker.node.disk.list(folder));
  return all.filter((name) => name.endsWith(extension));
}

async function topicIds(broker: SimBroker, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await broker.createTopic(`topic-${index}`));
  return ids;
}

describe('a snapshot of the metadata', () => {
  const topic: MetadataRecord = { type: 'topicRecord', value: { name: 'a', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' } };

  test('is a header, records and a footer, with offsets of its own', () => {
    const id = { endOffset: 42, epoch: 7 };
    const { batches } = encodeSnapshot(id, { records: [topic, topic], quorum: [], timestampMs: 5 });
    expect(batches.map((batch) => isControl(batch))).toEqual([true, false, true]);
    expect(batches.map((batch) => baseOffset(batch))).toEqual([0, 1, 3]);
    expect(batches.every((batch) => partitionLeaderEpoch(batch) === 7)).toBe(true);
    const [header, records, footer] = batches.map((batch) => readRecords(batch));
    expect(header?.[0]?.key?.toString('hex')).toBe('00000003');
    expect(records?.map(({ value }) => decodeMetadataRecord(value ?? Buffer.alloc(0)))).toEqual([topic, topic]);
    expect(footer?.[0]?.key?.toString('hex')).toBe('00000004');
  });

  test("has Kafka's name", () => {
    const name = '00000000000000000042-0000000007.checkpoint';
    expect(formatSnapshotName({ endOffset: 42, epoch: 7 })).toBe(name);
    expect(parseSnapshotName(name)).toEqual({ endOffset: 42, epoch: 7 });
    expect(parseSnapshotName(`${name}.tmp`)).toBeUndefined();
  });

  test('takes the place of the log before it, and a start finds everything', async () => {
    const broker = await SimBroker.start({ settings });
    const ids = await topicIds(broker, 60);
    expect(await names(broker, '.checkpoint')).toHaveLength(1);
    expect((await names(broker, '.log')).includes('00000000000000000000.log')).toBe(false);
    for (const end of ['crash', 'stop'] as const) {
      if (end === 'stop') await broker.stop();
      await broker.restart();
      const { topics } = await broker.ask(apis.metadata, 12, { topics: null });
      expect(topics.map(({ topicId }) => topicId).sort()).toEqual([...ids].sort());
    }
  });

  test('bounds the log however often the broker starts', async () => {
    const broker = await SimBroker.start({ settings });
    await topicIds(broker, 10);
    const sizes: number[] = [];
    for (let start = 0; start < 12; start += 1) {
      await broker.restart();
      let bytes = 0;
      for (const name of await names(broker, '.log')) {
        const stat = await broker.sim.complete(broker.node.disk.stat(`${folder}/${name}`));
        bytes += stat?.bytes ?? 0;
      }
      sizes.push(bytes);
    }
    expect(Math.max(...sizes)).toBeLessThan(10_000);
  });

  test('loses nothing that was answered when the power fails at any step of it', { timeout: 60_000 }, async () => {
    let cuts = 0;
    for (let step = 1; step <= 60; step += 2) {
      const broker = await SimBroker.start({
        settings: { ...settings, 'metadata.log.max.record.bytes.between.snapshots': 900 },
      });
      const created = new Set<string>();
      const { node } = broker;
      node.trap({
        matches: (operation) => operation.includes(folder),
        nth: step,
        moment: step % 4 === 1 ? 'before' : 'after',
        spring: () => node.powerLoss(),
      });
      for (let index = 0; node.isAlive && index < 12; index += 1) {
        const name = `topic-${index}`;
        const topics = [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }];
        const answer = broker.client.request(apis.createTopics, 7, { timeoutMs: 1_000, topics });
        answer.then(
          () => created.add(name),
          () => {},
        );
        const { size } = created;
        await broker.sim.runUntil(() => created.size > size || !node.isAlive);
      }
      await broker.restart();
      const { topics } = await broker.ask(apis.metadata, 12, { topics: null });
      const found = new Set(topics.map(({ name }) => name));
      expect([...created].filter((name) => !found.has(name))).toEqual([]);
      if (created.size < 12) cuts += 1;
      await broker.stop();
    }
    expect(cuts).toBeGreaterThan(20);
  });

  test('that is damaged is not taken for the truth', async () => {
    const broker = await SimBroker.start({ settings });
    await topicIds(broker, 60);
    await broker.stop();
    const [name] = await names(broker, '.checkpoint');
    const file = await broker.sim.complete(broker.node.disk.open(`${folder}/${name}`));
    await broker.sim.complete(file.write([Buffer.of(0xff, 0xff)], 200));
    await expect(broker.start()).rejects.toMatchObject({ code: 'NAGARE_BROKER_LOG_CORRUPT' });
  });
});
