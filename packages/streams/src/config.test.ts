import { describe, expect, test } from 'vitest';
import { resolveConfig } from './config.ts';
import { FakeCluster } from './testing/fake-cluster.ts';

const client = new FakeCluster().connect();
const failure = (message: RegExp) =>
  expect.objectContaining({ code: 'NAGARE_STREAMS_CONFIG', message: expect.stringMatching(message) });

describe('the configuration', () => {
  test('has the defaults of Kafka Streams', () => {
    expect(resolveConfig({ applicationId: 'app', client })).toMatchObject({
      clientId: 'app',
      processingGuarantee: 'at_least_once',
      commitIntervalMs: 30_000,
      pollMs: 100,
      bufferedRecordsPerPartition: 1_000,
      maxTaskIdleMs: 0,
      statestoreUncommittedMaxBytes: 16_777_216,
    });
    expect(
      resolveConfig({ applicationId: 'app', client, processingGuarantee: 'exactly_once_v2' }).commitIntervalMs,
    ).toBe(100);
  });

  test("takes Kafka's names as well", () => {
    const config = { 'application.id': 'app', 'commit.interval.ms': 5, 'bootstrap.servers': 'localhost:9092' };
    expect(resolveConfig(config)).toMatchObject({
      applicationId: 'app',
      commitIntervalMs: 5,
      brokers: 'localhost:9092',
    });
  });

  test.each([
    [{ 'comit.interval.ms': 5 }, /no setting comit\.interval\.ms; did you mean commit\.interval\.ms/],
    [{ commitIntervallMs: 5 }, /did you mean commitIntervalMs/],
    [{ xyz: 1 }, /no setting xyz$/],
    [{ commitIntervalMs: 1, 'commit.interval.ms': 1 }, /set twice/],
    [{ commitIntervalMs: -1 }, /commitIntervalMs must be a whole number of 0 or more, got -1/],
    [{ maxTaskIdleMs: '5' }, /maxTaskIdleMs/],
    [{ numStreamThreads: 2 }, /must be 1/],
    [{ processingGuarantee: 'exactly_once' }, /at_least_once, exactly_once_v2/],
    [{ deserializationExceptionHandler: 'dead-letter' }, /errorsDeadLetterQueueTopicName/],
    [{ stateDir: 'relative' }, /absolute path/],
    [{ applicationServer: 'nowhere' }, /applicationServer must be host:port/],
    [{ applicationId: 'a b' }, /applicationId/],
    [{ client: undefined }, /brokers/],
  ])('refuses %o', (wrong, message) => {
    expect(() => resolveConfig({ applicationId: 'app', client, ...wrong } as never)).toThrow(failure(message));
  });

  test('has types that find a misspelt name too', () => {
    // @ts-expect-error The name has two l.
    expect(() => resolveConfig({ applicationId: 'app', client, commitIntervallMs: 5 })).toThrow();
  });
});
