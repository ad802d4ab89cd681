import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { splitBatches } from '@nagare/protocol';
import type { GroupDescription } from 'kafkajs';
import { afterAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import type { RunningBroker } from '../tools/broker.ts';
import { waitFor } from '../tools/wait.ts';
import { brokerForFile } from './broker-for-file.ts';
import { clients } from './clients/clients.ts';
import { Driver } from './clients/driver.ts';
import { forgetPassed, notePassed } from './clients/works-with.ts';
import { kafkajsClient } from './kafkajs-client.ts';

/** Some day in 2023, so that no client's own clock is taken for it. */
const someDay = 1_700_000_000_000;
/** Where the attributes of a batch stand in it; their last three bits are the codec. */
const attributesAt = 21;
const codecNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

const broker = brokerForFile({
  // Or records of that day would go whenever the broker looks for what is too old, every five minutes.
  'log.retention.ms': '-1',
  'group.min.session.timeout.ms': '1000',
  'group.consumer.min.session.timeout.ms': '1000',
  'group.consumer.session.timeout.ms': '6000',
  'group.consumer.min.heartbeat.interval.ms': '1000',
  'group.consumer.heartbeat.interval.ms': '1000',
});

describe.each(clients.map((client) => [`${client.name} ${client.version}`, client] as const))('%s', (_, client) => {
  const label = `${client.name}-${client.version}`.replace(/[^\w.-]+/g, '_');
  const topicOf = (what: string) => `${label}-${what}`;

  let installed: Promise<readonly string[] | undefined> | undefined;
  let driver: Driver | undefined;
  afterAll(() => driver?.kill());

  /** The client's process; another one after one that failed. */
  async function withDriver(act: (driver: Driver) => Promise<void>): Promise<void> {
    installed ??= ifAvailable(`${client.name} ${client.version}`, client.install);
    const command = await installed;
    if (command === undefined) return;
    driver ??= new Driver(command, broker().bootstrap);
    try {
      await act(driver);
    } catch (error) {
      await withoutDriver();
      throw error;
    }
  }

  async function withoutDriver(): Promise<void> {
    await driver?.kill();
    driver = undefined;
  }

  test('can be installed', { timeout: 600_000 }, () => withDriver(async () => forgetPassed(client)));

  test.runIf(client.hasAdmin)('creates a topic, gives it more partitions, and deletes it', () =>
    withDriver(async (driver) => {
      const topic = topicOf('admin');
      await driver.ask('createTopic', { topic, partitions: 2 });
      await driver.ask('addPartitions', { topic, partitions: 3 });
      await untilPartitions(broker().bootstrap, topic, 3);
      await produce(driver, topic, { partition: 2 });
      await driver.ask('deleteTopic', { topic });
      await driver.ask('createTopic', { topic, partitions: 1 });
      await produce(driver, topic);
      expect(codecsOf(broker().dataDirectory, topic)).toEqual(['none']);
      notePassed(client, 'admin');
    }),
  );

  test.each(client.codecs)('produces with codec %s, and the broker has it so', (codec) =>
    withDriver(async (driver) => {
      const topic = topicOf(codec);
      const { log = '' } = await produce(driver, topic, { codec });
      if (client.features !== undefined) expect(log).toMatch(client.features);
      // A batch that compression would not make smaller may go without.
      const stored = codecsOf(broker().dataDirectory, topic);
      expect(stored.filter((each) => codec === 'none' || each !== 'none')).toEqual([codec]);
      const { records } = await driver.ask('consume', { topic, group: topic, count: 200, protocol: 'classic' });
      expect(records.map(({ value }) => value)).toEqual(valuesOf(200));
      notePassed(client, codec);
    }),
  );

  test.each(client.groups)(
    'reads in a group of the %s protocol that goes on where a killed member committed',
    (protocol) =>
      withDriver(async (driver) => {
        const topic = topicOf(`${protocol}-group`);
        const ask = { topic, group: topic, protocol } as const;
        await produce(driver, topic);
        const first = await driver.ask('consume', { ...ask, count: 80 });
        await withoutDriver();
        await withDriver(async (second) => {
          const rest = await second.ask('consume', { ...ask, count: 120 });
          const offsets = [...first.records, ...rest.records].map(({ offset }) => offset);
          const evidence = offsets.length === 200 ? '' : await evidenceOf(topic, broker(), second);
          expect(offsets, evidence).toEqual(Array.from({ length: 200 }, (_, n) => n));
        });
        notePassed(client, `${protocol} group`);
      }),
  );

  test.skipIf(client.sendsTimestamps === false)('finds offsets by time', () =>
    withDriver(async (driver) => {
      const topic = topicOf('times');
      await produce(driver, topic, { codec: 'gzip' });
      const offsets = [0, 17, 199].map((n) => someDay + n);
      for (const timestamp of offsets) {
        const found = await driver.ask('offsetForTime', { topic, partition: 0, timestamp });
        expect(found).toEqual({ offset: timestamp - someDay });
      }
      notePassed(client, 'offsets by time');
    }),
  );

  test.skipIf(client.fenced === undefined)('commits and aborts transactions, and is fenced', () =>
    withDriver(async (driver) => {
      const topic = topicOf('transactions');
      await driver.ask('createTopic', { topic, partitions: 1 });
      const transaction = (values: string[], commit: boolean) =>
        driver.ask('transaction', { topic, id: topic, values, commit });
      await transaction(['1', '2'], true);
      await transaction(['never', 'seen'], false);
      await transaction(['3'], true);
      const { error } = await driver.ask('fence', { topic, id: `${topic}-fenced` });
      expect(error).toMatch(client.fenced as RegExp);
      await transaction(['4'], true);
      const { records } = await driver.ask('readCommitted', { topic, count: 4 });
      const values = records.map(({ value }) => value).filter((value) => value !== 'of the fencing');
      expect(values.slice(0, 3)).toEqual(['1', '2', '3']);
      notePassed(client, 'transactions');
    }),
  );
});

function valuesOf(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `value-${n}-流れ-${'z'.repeat(n % 50)}`);
}

function produce(driver: Driver, topic: string, more: { partition?: number; codec?: string } = {}) {
  const defaults = { topic, partition: 0, codec: 'none', timestamp: someDay };
  return driver.ask('produce', { ...defaults, values: valuesOf(200), ...more });
}

/** What tells why a member of a group did not read: the group as it is now, and what broker and client have said. */
async function evidenceOf(group: string, { bootstrap, tail }: RunningBroker, driver: Driver): Promise<string> {
  const admin = kafkajsClient(bootstrap).admin();
  try {
    await admin.connect();
    const { groups } = await admin.describeGroups([group]);
    const offsets = await admin.fetchOffsets({ groupId: group });
    return `${JSON.stringify({ groups: groups.map(withReadableMembers), offsets }, null, 1)}\n${tail()}\n${driver.tail()}`;
  } catch (error) {
    return `${error}\n${tail()}\n${driver.tail()}`;
  } finally {
    await admin.disconnect();
  }
}

function withReadableMembers(group: GroupDescription) {
  const members = group.members.map(({ memberId, clientId, memberAssignment }) => ({
    ...{ memberId, clientId, assignment: memberAssignment.toString('latin1') },
  }));
  return { ...group, members };
}

/** Kafka answers before it goes by what it was told, and not every client looks twice. */
async function untilPartitions(bootstrap: string, topic: string, count: number): Promise<void> {
  const admin = kafkajsClient(bootstrap).admin();
  await admin.connect();
  try {
    const partitions = () => admin.fetchTopicMetadata({ topics: [topic] }).then(({ topics }) => topics[0]?.partitions);
    await waitFor(async () => ((await partitions())?.length === count ? true : undefined), {
      what: `${topic} to have ${count} partitions`,
    });
  } finally {
    await admin.disconnect();
  }
}

/** The codecs of the batches that the broker keeps of a topic's partition 0. */
function codecsOf(dataDirectory: string, topic: string): string[] {
  const folder = join(dataDirectory, `${topic}-0`);
  const files = readdirSync(folder).filter((name) => name.endsWith('.log'));
  const batches = files.flatMap((name) => splitBatches(readFileSync(join(folder, name))));
  return [...new Set(batches.map((batch) => codecNames[batch.readInt16BE(attributesAt) & 7] as string))];
}
