import { describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { kafkaTool } from '../tools/kafka-tool.ts';
import { classPath } from '../tools/maven.ts';
import { waitFor } from '../tools/wait.ts';
import { brokerForFile } from './broker-for-file.ts';

const jars = await ifAvailable("Kafka's tools", () => classPath('kafka-4.3.1'));

/** The rows of a table that a tool has printed, each a record of its columns. */
function rowsOf(output: string): Record<string, string>[] {
  const [header = '', ...lines] = output.trim().split('\n');
  const names = header.trim().split(/\s+/);
  return lines.map((line) => {
    const values = line.trim().split(/\s+/);
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
  });
}

describe.skipIf(jars === undefined)("Kafka's own producer and kafka-transactions", () => {
  const broker = brokerForFile();

  function transactions(...args: readonly string[]): Promise<string> {
    return kafkaTool('kafka-transactions', ['--bootstrap-server', broker().bootstrap, ...args]);
  }

  test('commit one transaction after the other, list them, describe them and end them by force', async () => {
    const { bootstrap } = broker();
    await kafkaTool('kafka-topics', [
      '--bootstrap-server',
      bootstrap,
      '--create',
      '--topic',
      'paid',
      '--partitions',
      '3',
    ]);
    const output = await kafkaTool('kafka-producer-perf-test', [
      ...['--topic', 'paid', '--num-records', '3000', '--record-size', '100', '--throughput', '3000'],
      ...['--transactional-id', 'perf', '--transaction-duration-ms', '50'],
      ...['--producer-props', `bootstrap.servers=${bootstrap}`],
    ]);
    expect(output).toMatch(/3000 records sent/);

    // A commit is answered before its markers are written.
    const listed = await waitFor(
      async () => {
        const rows = rowsOf(await transactions('list'));
        return rows[0]?.TransactionState === 'CompleteCommit' ? rows : undefined;
      },
      { what: 'the last transaction to be complete', timeoutMs: 60_000 },
    );
    expect(listed).toMatchObject([{ TransactionalId: 'perf' }]);
    const described = rowsOf(await transactions('describe', '--transactional-id', 'perf'));
    expect(described).toMatchObject([{ TransactionalId: 'perf', ProducerId: listed[0]!.ProducerId }]);
    // Every transaction has had an epoch of its own (KIP-890).
    const epoch = Number(described[0]!.ProducerEpoch);
    expect(epoch).toBeGreaterThan(1);
    // Which partitions the producer has written to is its own choice.
    const producers: Record<string, string>[] = [];
    for (const partition of ['0', '1', '2']) {
      const place = ['--topic', 'paid', '--partition', partition];
      producers.push(...rowsOf(await transactions('describe-producers', ...place)));
    }
    expect(producers.length).toBeGreaterThan(0);
    for (const producer of producers) {
      expect(producer).toMatchObject({ ProducerId: listed[0]!.ProducerId, CurrentTransactionStartOffset: 'None' });
    }
    expect(await transactions('find-hanging', '--topic', 'paid')).not.toContain('perf');

    await transactions('forceTerminateTransaction', '--transactionalId', 'perf');
    const after = rowsOf(await transactions('describe', '--transactional-id', 'perf'));
    expect(Number(after[0]!.ProducerEpoch)).toBe(epoch + 1);
  });
});
