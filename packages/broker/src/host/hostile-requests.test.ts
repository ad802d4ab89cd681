import { type LogFields, seededRandom, silentLog } from '@nagare/base';
import { nodePlatform } from '@nagare/base/node';
import { apis, frameOf } from '@nagare/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handlers } from '../api/registry.ts';
import { type Broker, createBroker } from '../create-broker.ts';
import { mutated, randomRequest } from '../testing/random-request.ts';
import { WireClient } from '../testing/wire-client.ts';

const { network } = nodePlatform();
let broker: Broker;
let healthy: WireClient;
/** Requests that failed in a way that nobody foresaw. */
let surprises: LogFields[];

beforeEach(async () => {
  surprises = [];
  const error = (event: string, fields: LogFields = {}) => {
    surprises.push({ event, ...fields });
  };
  broker = await createBroker({ log: { ...silentLog, error } });
  healthy = await WireClient.connect(network, broker.address);
  const topic = { numPartitions: 2, replicationFactor: 1, assignments: [] };
  await healthy.request(apis.createTopics, 7, {
    timeoutMs: 1_000,
    topics: [
      { name: 'orders', ...topic, configs: [] },
      { name: 'table', ...topic, configs: [{ name: 'cleanup.policy', value: 'compact' }] },
    ],
  });
});
afterEach(() => broker.stop());

test.each([
  ['sound in form', 0],
  ['damaged', 1],
])('requests that are %s get an answer or the end of their connection, and hurt nobody else', async (_, damage) => {
  const random = seededRandom(`hostile ${damage}`);
  for (const { api } of handlers) {
    for (let version = api.versions.min; version <= api.versions.max; version += 1) {
      const client = await WireClient.connect(network, broker.address);
      for (let count = 0; count < 12; count += 1) {
        const request = randomRequest(api, version, random);
        client.bytes(frameOf([damage === 0 ? request : mutated(request, random)]));
      }
      for (let trips = 0; trips < 3; trips += 1) {
        expect((await healthy.request(apis.apiVersions, 0, {})).errorCode).toBe(0);
      }
      client.close();
    }
  }
  expect(surprises).toEqual([]);
});
