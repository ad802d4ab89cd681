import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { run } from '../tools/child.ts';
import { repositoryRoot } from '../tools/paths.ts';
import { python } from '../tools/python.ts';
import { brokerForFile } from './broker-for-file.ts';
import { dumpLogs } from './dump-log.ts';

const script = join(repositoryRoot, 'test/interop/confluent-kafka/transform.py');
const client = await ifAvailable('confluent-kafka 2.16.1', () => python('confluent-kafka==2.16.1'));

describe.skipIf(client === undefined)('confluent-kafka 2.16.1', () => {
  const broker = brokerForFile();

  test('consumes, transforms and produces with its offsets in the transaction, of which some are aborted', {
    timeout: 300_000,
  }, async () => {
    const output = await run(client?.command ?? '', [script, broker().bootstrap, 'transform', '500']);
    expect(output).toBe('committed 500, read 500, right True\n');
    await broker().stop();
    const report = await dumpLogs(broker().dataDirectory, (folder) => folder.startsWith('__consumer_offsets-'));
    expect(report.complaints).toEqual([]);
    expect(report.stdout).toMatch(/isTransactional: true .*isControl: false/);
    expect(report.stdout).toMatch(/endTxnMarker: COMMIT/);
    expect(report.stdout).toMatch(/endTxnMarker: ABORT/);
  });
});
