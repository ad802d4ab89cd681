import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { type RunningBroker, startBroker } from '../tools/broker.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { ToolHost, type ToolsVersion } from '../tools/tool-host.ts';
import { dumpLogs } from './dump-log.ts';
import type { Command } from './transcripts/command.ts';
import { acceptedDifferences, type Difference } from './transcripts/differences.ts';
import { commandsOf, runCommand } from './transcripts/transcript.ts';

const versions: readonly ToolsVersion[] = ['4.3.1', '3.9.2'];
const jars = await ifAvailable("Kafka's tools of two versions", () =>
  Promise.all(versions.map((version) => classPath(`kafka-${version}`))),
);

/** A snapshot of the metadata soon, and names that both brokers are given. */
const settings = { 'node.id': '1', 'metadata.log.max.record.bytes.between.snapshots': '3000' };

/**
 * Apache Kafka answers a change before its broker goes by it, and the end of a transaction before its markers are written. So
 * it is asked again, for so long, by commands that look and change nothing.
 */
const patienceMs = 10_000;
const isLook = ({ line }: Command) =>
  / (--list|--describe|list|describe|describe-producers|--dry-run)\b|^kafka-get-offsets/.test(line);

/** What the data directory must hold, by the name of its log and the kind of its file. */
const kindsOfFiles = [
  ...['log', 'index', 'timeindex'].map((kind) => `codecs ${kind}`),
  ...['log', 'index', 'timeindex', 'txnindex', 'snapshot'].map((kind) => `payments ${kind}`),
  ...['__consumer_offsets log', '__transaction_state log', '__cluster_metadata log', '__cluster_metadata checkpoint'],
];
const kindsOfRecords = [
  ...['NONE', 'GZIP', 'SNAPPY', 'LZ4', 'ZSTD'].map((codec) => new RegExp(`compresscodec: ${codec}`, 'i')),
  ...['COMMIT', 'ABORT'].map((marker) => new RegExp(`endTxnMarker: ${marker}`)),
  ...[1, 2, 3, 5, 6, 7, 8].map((type) => new RegExp(`key: {"type":"${type}"`)),
  /transactionalId/,
  /TOPIC_RECORD/,
];

describe.skipIf(jars === undefined)("Kafka's tools say of our broker what they say of Apache Kafka", () => {
  const scratch = scratchDirectory('transcripts');
  const used = new Set<Difference>();
  let kafka: RunningBroker;
  let nagare: RunningBroker;

  beforeAll(async () => {
    kafka = await startBroker('kafka', { dataDirectory: join(scratch.path, 'kafka'), settings });
    nagare = await startBroker('nagare', { dataDirectory: join(scratch.path, 'nagare'), settings });
  }, 120_000);

  afterAll(async () => {
    await kafka?.[Symbol.asyncDispose]();
    await nagare?.[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  describe.each(versions)('%s', (version) => {
    let host: ToolHost;
    beforeAll(async () => {
      host = await ToolHost.start(version);
    }, 60_000);
    afterAll(() => host?.[Symbol.asyncDispose]());

    test.each(commandsOf(version).map((command) => [command.line, command] as const))(
      '%s',
      async (_line, command) => {
        let theirs = await runCommand(host, command, kafka);
        const ours = await runCommand(host, command, nagare);
        const accepted = acceptedDifferences.find(({ line }) => line === command.line);
        if (accepted === undefined) {
          const deadlineMs = performance.now() + patienceMs;
          while (theirs.said !== ours.said && isLook(command) && performance.now() < deadlineMs) {
            theirs = await runCommand(host, command, kafka);
          }
          return expect(ours.said).toBe(theirs.said);
        }
        if (ours.said !== theirs.said) used.add(accepted);
        const [our, their] = [ours.said.split('\n'), theirs.said.split('\n')];
        if (accepted.view !== undefined) expect(accepted.view(our, their)).toEqual(accepted.view(their, our));
      },
      150_000,
    );
  });

  test("Kafka's log dumper has no complaint about any file that the transcripts have left", async () => {
    await nagare.stop();
    const { complaints, stdout } = await dumpLogs(nagare.dataDirectory);
    expect(complaints).toEqual([]);
    const dumped = [...stdout.matchAll(/^Dumping \S*\/(\S+?)-\d+\/\d[\d-]*\.(\w+)$/gm)].map(
      ([, log, kind]) => `${log} ${kind}`,
    );
    for (const kind of kindsOfFiles) expect(dumped).toContain(kind);
    for (const kind of kindsOfRecords) expect(stdout).toMatch(kind);
  }, 240_000);

  test('every accepted difference is one', () => {
    expect(acceptedDifferences.filter((difference) => !used.has(difference))).toEqual([]);
  });
});
