import { apis, codecOf, errorCode } from '@nagare/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestBroker, type TestBroker } from '../testing/test-broker.ts';
import { handlers } from './registry.ts';

let kit: TestBroker;
beforeEach(async () => {
  kit = await startTestBroker();
});
afterEach(() => kit[Symbol.asyncDispose]());

const named = { clientSoftwareName: 'test', clientSoftwareVersion: '1.0' };

describe('ApiVersions', () => {
  test.each([0, 1, 2, 3, 4, 5])('v%i lists every key that is served', async (version) => {
    const { apiKeys, errorCode: code } = await kit.client.request(apis.apiVersions, version, named);
    expect(code).toBe(0);
    expect(apiKeys.map(({ apiKey }) => apiKey)).toEqual(handlers.map(({ api }) => api.key));
  });

  test('tells the features of Kafka 4.3, and keeps those that begin at 0 from clients who cannot read them', async () => {
    const ask = async (version: number) => {
      const { supportedFeatures, finalizedFeatures } = await kit.client.request(apis.apiVersions, version, named);
      return {
        supported: supportedFeatures.map(({ name, minVersion, maxVersion }) => `${name} ${minVersion}-${maxVersion}`),
        finalized: finalizedFeatures.map(({ name, maxVersionLevel }) => `${name} ${maxVersionLevel}`),
      };
    };
    const finalized = [
      'metadata.version 30',
      'transaction.version 2',
      'group.version 1',
      'share.version 1',
      'streams.version 1',
      'eligible.leader.replicas.version 1',
    ];
    expect(await ask(3)).toEqual({ supported: ['metadata.version 7-30'], finalized });
    expect(await ask(4)).toEqual({
      supported: [
        'metadata.version 7-30',
        'kraft.version 0-1',
        'transaction.version 0-2',
        'group.version 0-1',
        'share.version 0-1',
        'streams.version 0-1',
        'eligible.leader.replicas.version 0-1',
      ],
      finalized,
    });
  });

  test('offers Produce from 0, without which old librdkafka turns compression off', async () => {
    const { apiKeys } = await kit.client.request(apis.apiVersions, 3, named);
    expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toEqual({ apiKey: 0, minVersion: 0, maxVersion: 13 });
  });

  test('answers a version of the future in the form of version 0, with its own range', async () => {
    const future = { ...apis.apiVersions, request: { ...apis.apiVersions.request } };
    const reader = await kit.client.raw(future, 9, () => {});
    expect(codecOf(apis.apiVersions.response, 0).read(reader)).toMatchObject({
      errorCode: errorCode.UNSUPPORTED_VERSION,
      apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 5 }],
    });
  });

  test.each(['', '-x', 'a b', 'a\n'])('refuses the client name %j from version 3 on', async (name) => {
    const answer = await kit.client.request(apis.apiVersions, 3, { ...named, clientSoftwareName: name });
    expect(answer.errorCode).toBe(errorCode.INVALID_REQUEST);
  });

  test('tells a client of another cluster to start again (KIP-1242)', async () => {
    const ask = (clusterId: string, nodeId: number) =>
      kit.client.request(apis.apiVersions, 5, { ...named, clusterId, nodeId });
    expect((await ask('another', 1)).errorCode).toBe(errorCode.REBOOTSTRAP_REQUIRED);
    expect((await ask(kit.broker.clusterId, 1)).errorCode).toBe(0);
  });
});
