import { nodePlatform } from '@nagare/base/node';
import { apis, encodeBatch, type RecordDraft } from '@nagare/protocol';
import type { SettingValue } from '../config/setting.ts';
import { type Broker, type BrokerOptions, createBroker } from '../create-broker.ts';
import { WireClient } from './wire-client.ts';

/** A memory broker with one open connection, for the test of an API. */
export interface TestBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly client: WireClient;
  /** One more connection. */
  connect(): Promise<WireClient>;
  createTopic(
    name: string,
    options?: { partitions?: number; configs?: Readonly<Record<string, string>> },
  ): Promise<string>;
  /** Appends records to a partition and gives the offset of the first. */
  produce(topic: string, values: readonly string[], partition?: number): Promise<number>;
}

export async function startTestBroker(
  settings: Readonly<Record<string, SettingValue>> = {},
  options: BrokerOptions = {},
): Promise<TestBroker> {
  const { platform = nodePlatform() } = options;
  const broker = await createBroker({ ...options, platform, settings });
  const connect = () => WireClient.connect(platform.network, broker.address);
  const client = await connect();
  return {
    broker,
    client,
    connect,
    async createTopic(name, { partitions = 1, configs = {} } = {}) {
      const { topics } = await client.request(apis.createTopics, 7, {
        timeoutMs: 5_000,
        topics: [
          {
            ...{ name, numPartitions: partitions, replicationFactor: 1, assignments: [] },
            configs: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
          },
        ],
      });
      return topics[0]?.topicId ?? '';
    },
    async produce(topic, values, partition = 0) {
      const { responses } = await client.request(apis.produce, 9, {
        acks: -1,
        timeoutMs: 5_000,
        topicData: [{ name: topic, partitionData: [{ index: partition, records: batchOf(values) }] }],
      });
      return responses[0]?.partitionResponses[0]?.baseOffset ?? -1;
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await broker.stop();
    },
  };
}

/** A batch of records with these values; timestamps count up from `timestampMs`. */
export function batchOf(values: readonly string[], options: { timestampMs?: number } = {}): Buffer {
  const { timestampMs = Date.now() } = options;
  return encodeBatch(
    {},
    values.map(
      (value, index): RecordDraft => ({ timestamp: timestampMs + index, key: null, value: Buffer.from(value) }),
    ),
  );
}
