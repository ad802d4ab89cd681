import { bytes, string } from '@nagare/serdes';
import { StreamsBuilder } from '../dsl/builder.ts';
import { TopologyTestDriver } from './topology-test-driver.ts';

const texts = { key: string, value: string };

/** A topology that Java's Replay runs too, and the topics that are compared: record by record, or with `=` in front what is left. */
export interface Replay {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly build: (b: StreamsBuilder) => void;
}

/** The numbers that Replay.java draws. */
function randomOf(seed: number) {
  let state = seed;
  return (bound: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % bound;
  };
}

/** Gives a topology the same input as Replay.java does, and what it wrote in the same form. */
export function replay({ inputs, outputs, build }: Replay): string {
  const builder = new StreamsBuilder();
  build(builder);
  const driver = new TopologyTestDriver(builder.build(), { emitIntervalMs: 0 });
  const topics = new Map(inputs.map((topic) => [topic, driver.createInputTopic(topic, texts)]));
  const random = randomOf(42);
  let now = 100_000;
  for (let i = 0; i < 400; i += 1) {
    const topic = inputs[random(inputs.length)] as string;
    const key = random(20) === 0 ? null : String.fromCharCode(97 + random(4));
    const value = random(8) === 0 ? null : `v${random(10)}`;
    now += random(6_000);
    topics.get(topic)?.pipeInput(key, value, Math.max(0, now - (random(3) === 0 ? random(90_000) : 0)));
  }
  const text = (topic: string) => (topic.startsWith('=') ? lastValues(driver, topic.slice(1)) : dump(driver, topic));
  return outputs.map((topic) => `# ${topic}\n${text(topic)}`).join('');
}

const hex = (each: Buffer | null) => (each === null ? 'null' : `x${each.toString('hex')}`);

/** What compaction would leave of a topic, by the keys, without times. */
function lastValues(driver: TopologyTestDriver, topic: string): string {
  const rows = new Map<string, string>();
  for (const { key, value } of driver.createOutputTopic(topic, { key: bytes, value: bytes }).readRecordsToList()) {
    if (value === null) rows.delete(hex(key));
    else rows.set(hex(key), hex(value));
  }
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');
}

function dump(driver: TopologyTestDriver, topic: string): string {
  const records = driver.createOutputTopic(topic, { key: bytes, value: bytes }).readRecordsToList();
  return records.map(({ key, value, timestamp }) => `${hex(key)} ${hex(value)} ${timestamp}\n`).join('');
}
