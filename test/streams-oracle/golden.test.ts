import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { comparedFor } from './differences.ts';
import { readGolden } from './golden.ts';
import { runOurs } from './run-ours.ts';
import { topologies } from './topologies/all.ts';

const kept = topologies.flatMap((spec) => {
  const golden = readGolden(spec);
  return golden === undefined ? [] : [{ name: spec.name, spec, golden }];
});

describe('ours does what Kafka Streams did when the tier wrote it down', () => {
  test.each(kept)('$name', ({ spec, golden: { runs, answer } }) => {
    expect(comparedFor(spec, runOurs(spec, runs))).toEqual(answer);
  });

  test('every file belongs to a topology', () => {
    const files = readdirSync(new URL('./golden', import.meta.url));
    expect(files.sort()).toEqual(kept.map(({ name }) => `${name}.json`).sort());
  });
});
