import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { type RunningBroker, startBroker } from '../tools/broker.ts';
import { classPath } from '../tools/maven.ts';
import { scratchDirectory } from '../tools/paths.ts';
import { acceptedDifferences } from './transcripts/differences.ts';
import { ToolHost, type ToolsVersion } from './transcripts/tool-host.ts';
import { commandsOf, type Entry, runCommand } from './transcripts/transcript.ts';

const versions: readonly ToolsVersion[] = ['4.3.1', '3.9.2'];
const jars = await ifAvailable("Kafka's tools of two versions", () =>
  Promise.all(versions.map((version) => classPath(`kafka-${version}`))),
);

describe.skipIf(jars === undefined)("Kafka's tools say of our broker what they say of Apache Kafka", () => {
  const scratch = scratchDirectory('transcripts');
  const used = new Set<string>();
  let kafka: RunningBroker;
  let nagare: RunningBroker;

  beforeAll(async () => {
    kafka = await startBroker('kafka', { dataDirectory: join(scratch.path, 'kafka') });
    nagare = await startBroker('nagare', { dataDirectory: join(scratch.path, 'nagare') });
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

    test.each(commandsOf(version))('$line', async (command) => {
      const theirs: Entry = await runCommand(host, command, kafka);
      const ours: Entry = await runCommand(host, command, nagare);
      if (!acceptedDifferences.has(command.line)) return expect(ours.said).toBe(theirs.said);
      if (ours.said !== theirs.said) used.add(command.line);
    }, 150_000);
  });

  test('every accepted difference is one', () => {
    expect([...acceptedDifferences.keys()].filter((line) => !used.has(line))).toEqual([]);
  });
});
