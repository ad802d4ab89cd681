import { resolve } from 'node:path';
import { dataDirectoryOf, resolveSettings } from '@nagare/broker';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../usage-error.ts';
import { settingSources } from './settings.ts';

describe('the settings of a broker', () => {
  test('come from the options before the environment', () => {
    const environment = { KAFKA_LOG_DIRS: '/from-environment', KAFKA_NUM_PARTITIONS: '2' };
    const options = { listen: '[::1]:9093', data: 'here', set: { 'num.partitions': '3' } };
    const settings = resolveSettings(settingSources(options, environment));
    expect(settings.listeners).toEqual(['PLAINTEXT://[::1]:9093']);
    expect(settings.numPartitions).toBe(3);
    expect(dataDirectoryOf(settings)).toBe(resolve('here'));
    expect(dataDirectoryOf(resolveSettings(settingSources({}, environment)))).toBe('/from-environment');
  });

  test('keep no files with --memory', () => {
    expect(resolveSettings(settingSources({ memory: true }, {})).nagareDurability).toBe('memory');
    expect(() => settingSources({ memory: true, data: 'x' }, {})).toThrow(UsageError);
  });

  test.each(['9092', ':9092', 'host', 'host:99999', 'PLAINTEXT://host:9092', '::1:9092'])(
    'listen nowhere like %s',
    (listen) => {
      expect(() => settingSources({ listen }, {})).toThrow(UsageError);
    },
  );
});
