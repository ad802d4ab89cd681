import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Answer, InputEvent, TopologySpec } from './topology-spec.ts';

/** A few inputs of a topology with the answer of Kafka Streams. */
export interface Golden {
  readonly runs: readonly (readonly InputEvent[])[];
  readonly answer: Answer;
}

const fileOf = ({ name }: TopologySpec) => new URL(`./golden/${name}.json`, import.meta.url);

/** A line for each run keeps the differences of two versions readable. */
export function writeGolden(
  spec: TopologySpec,
  runs: Golden['runs'],
  { describe, topics, runs: answers }: Answer,
): void {
  const lines = runs.map((input, index) => JSON.stringify({ input, answer: answers[index] }));
  const text = `{"describe":${JSON.stringify(describe)},\n"topics":${JSON.stringify(topics)},\n"runs":[\n${lines.join(',\n')}\n]}\n`;
  writeFileSync(fileOf(spec), text);
}

export function readGolden(spec: TopologySpec): Golden | undefined {
  if (!existsSync(fileOf(spec))) return undefined;
  const { describe, topics, runs } = JSON.parse(readFileSync(fileOf(spec), 'utf8'));
  return {
    runs: runs.map(({ input }: { input: readonly InputEvent[] }) => input),
    answer: { describe, topics, runs: runs.map(({ answer }: { answer: Answer['runs'][0] }) => answer) },
  };
}
