import { describe, expect, test } from 'vitest';
import { bootstrapOf } from './bootstrap.ts';
import { UsageError } from './usage-error.ts';

describe('the brokers of a command', () => {
  test('come from the option first, then from the variables in their order, then from the usual port', () => {
    const environment = { NAGARE_BOOTSTRAP: 'b:1', KAFKA_BOOTSTRAP_SERVERS: 'c:1', KAFKA_BROKERS: 'd:1' };
    const { NAGARE_BOOTSTRAP: _, ...withoutOurs } = environment;
    expect(bootstrapOf({ brokers: 'a:1' }, environment)).toBe('a:1');
    expect(bootstrapOf({ bootstrapServer: 'a:2' }, environment)).toBe('a:2');
    expect(bootstrapOf({}, environment)).toBe('b:1');
    expect(bootstrapOf({}, withoutOurs)).toBe('c:1');
    expect(bootstrapOf({}, { KAFKA_BOOTSTRAP_SERVERS: '', KAFKA_BROKERS: 'd:1' })).toBe('d:1');
    expect(bootstrapOf({}, {})).toBe('127.0.0.1:9092');
  });

  test('may be several, with names, IPv4 and IPv6', () => {
    expect(bootstrapOf({ brokers: 'kafka-1:9092, 10.0.0.1:9092,[::1]:9092' }, {})).toContain('[::1]');
  });

  test.each(['kafka', 'kafka:', ':9092', 'kafka:70000', 'kafka:9092,', 'http://kafka:9092'])(
    'cannot be %j',
    (brokers) => {
      expect(() => bootstrapOf({ brokers }, {})).toThrow(UsageError);
    },
  );
});
