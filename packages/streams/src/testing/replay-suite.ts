import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { type Replay, replay } from './replay.ts';

/** Compares replays with what Kafka Streams gave for the same topologies, which a folder of this package keeps. */
export function replaySuite(golden: URL, replays: Readonly<Record<string, Replay>>): void {
  const read = (file: string) => readFileSync(new URL(file, golden), 'utf8');
  const named = Object.entries(replays);

  test.each(named)('%s gives what Kafka Streams gives, record by record', (name, topology) => {
    expect(replay(topology)).toBe(read(`${name}.txt`));
  });

  test.each(named)('%s is described as Kafka Streams describes it', (name, topology) => {
    const builder = new StreamsBuilder();
    topology.build(builder);
    expect(builder.build().describe().toString()).toBe(read(`${name}.topology.txt`));
  });

  test('every replay of Java is compared', () => {
    const names = readdirSync(golden).filter((name) => name.endsWith('.topology.txt'));
    expect(names.map((name) => name.replace('.topology.txt', '')).sort()).toEqual(Object.keys(replays).sort());
  });
}
