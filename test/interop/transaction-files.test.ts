import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { productUnderTest, startBroker } from '../tools/broker.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { waitFor } from '../tools/wait.ts';
import { dumpLogs } from './dump-log.ts';
import { kafkajsClient } from './kafkajs-client.ts';

const jars = await ifAvailable("Kafka's log dumper", () => classPath('kafka-4.3.1'));
/** Segments as small as Kafka allows, and records so large that a few of them fill one. */
const settings = { 'log.segment.bytes': String(2 ** 20), 'num.partitions': '1', 'compression.type': 'uncompressed' };
const messages = [{ value: 'x'.repeat(300_000) }];

describe('transactions in the data directory', () => {
  test.skipIf(jars === undefined)("are read by Kafka's log dumper: markers, aborts, and what is open", async () => {
    using scratch = scratchDirectory('transactions');
    const dataDirectory = join(scratch.path, 'data');
    await using broker = await startBroker(productUnderTest(), { dataDirectory, settings });
    const kafka = kafkajsClient(broker.bootstrap);
    const producers = ['one', 'two'].map((transactionalId) =>
      kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 }),
    );
    const admin = kafka.admin();
    await admin.connect();
    /** Until the last stable offset is there: an end of a transaction is answered before its markers are written. */
    const decidedUpTo = (offset: number) =>
      waitFor(async () => ((await admin.fetchTopicOffsets('paid'))[0]?.high === `${offset}` ? true : undefined), {
        what: `all to be decided up to offset ${offset}`,
        timeoutMs: 60_000,
      });
    const [one, two] = producers as [(typeof producers)[0], (typeof producers)[0]];
    for (const producer of producers) await producer.connect();
    for (let round = 0; round < 4; round += 1) {
      const [first, second] = [await one.transaction(), await two.transaction()];
      await first.send({ topic: 'paid', messages });
      await second.send({ topic: 'paid', messages });
      await first.send({ topic: 'paid', messages });
      await (round % 2 === 0 ? first.abort() : first.commit());
      await decidedUpTo(round * 5 + 1);
      await second.abort();
      await decidedUpTo(round * 5 + 5);
    }
    const open = await one.transaction();
    await open.send({ topic: 'paid', messages });
    await admin.disconnect();
    await broker.stop();
    for (const producer of producers) await producer.disconnect().catch(() => {});

    const names = readdirSync(join(dataDirectory, 'paid-0'));
    expect(names.filter((name) => name.endsWith('.txnindex')).length).toBeGreaterThan(2);
    const { complaints, stdout } = await dumpLogs(dataDirectory);
    expect(complaints).toEqual([]);
    const paid = sectionsOf(stdout).filter(({ name }) => name.includes('/paid-0/'));
    const aborted = paid.filter(({ name }) => name.endsWith('.txnindex')).flatMap(({ lines }) => lines);
    expect(aborted).toHaveLength(6);
    // Of each round two batches of the one and one of the other, then the two markers.
    expect(aborted[0]).toMatch(/^version: 0 producerId: \d+ firstOffset: 0 lastOffset: 3 lastStableOffset: 1$/);
    expect(aborted[1]).toMatch(/^version: 0 producerId: \d+ firstOffset: 1 lastOffset: 4 lastStableOffset: 5$/);
    const text = paid.flatMap(({ lines }) => lines).join('\n');
    expect(text.match(/endTxnMarker: ABORT coordinatorEpoch: 0/g)).toHaveLength(6);
    expect(text.match(/endTxnMarker: COMMIT coordinatorEpoch: 0/g)).toHaveLength(2);
    expect(paid.at(-1)!.name).toMatch(/00000000000000000021\.snapshot$/);
    const snapshot = paid.at(-1)!.lines;
    expect(snapshot.filter((line) => /currentTxnFirstOffset: OptionalLong\[20\]/.test(line))).toHaveLength(1);
    expect(snapshot.filter((line) => /currentTxnFirstOffset: OptionalLong\.empty/.test(line))).toHaveLength(1);
  });
});

/** What the dumper said of each file, in the order of their names. */
function sectionsOf(stdout: string): { readonly name: string; readonly lines: readonly string[] }[] {
  return stdout
    .split(/^Dumping /m)
    .slice(1)
    .map((section) => {
      const [name, ...lines] = section.split('\n').filter((line) => line !== '');
      return { name: name!, lines };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
