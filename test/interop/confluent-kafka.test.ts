import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { run } from '../tools/child.ts';
import { repositoryRoot } from '../tools/paths.ts';
import { python } from '../tools/python.ts';
import { brokerForFile } from './broker-for-file.ts';

const script = join(repositoryRoot, 'test/interop/confluent-kafka/round_trip.py');
const transactions = join(repositoryRoot, 'test/interop/confluent-kafka/transactions.py');
const client = await ifAvailable('confluent-kafka 2.16.1', () => python('confluent-kafka==2.16.1'));

describe.skipIf(client === undefined)('confluent-kafka 2.16.1', () => {
  const broker = brokerForFile();

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'creates a topic, produces idempotently with codec %s and consumes it all as a group',
    async (codec) => {
      const command = client?.command ?? '';
      const output = await run(command, [script, broker().bootstrap, `confluent-${codec}`, codec, '2000']);
      expect(output).toBe('read 2000\n');
    },
  );

  test('commits and aborts transactions, with offsets in them, and is fenced by another producer', async () => {
    const output = await run(client?.command ?? '', [transactions, broker().bootstrap, 'transactions']);
    expect(output).toBe('read 34\n');
  });
});
