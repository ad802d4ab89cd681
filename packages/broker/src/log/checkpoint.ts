/** Kafka's text form of a checkpoint: the version, the number of entries, and a line for each. */
export function formatCheckpoint(version: number, lines: readonly string[]): string {
  return `${[version, lines.length, ...lines].join('\n')}\n`;
}

/** The lines of a checkpoint, or undefined when it is not whole. */
export function parseCheckpoint(version: number, text: string): string[] | undefined {
  if (text === '') return [];
  const [versionLine, countLine, ...lines] = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return versionLine === `${version}` && countLine === `${lines.length}` ? lines : undefined;
}

/** Offsets by `topic partition`, as in `recovery-point-offset-checkpoint`. */
export type PartitionOffsets = ReadonlyMap<string, number>;

const offsetsVersion = 0;

/** The key of a partition in {@link PartitionOffsets}. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic} ${partition}`;
}

export function formatOffsets(offsets: PartitionOffsets): string {
  return formatCheckpoint(
    offsetsVersion,
    [...offsets].map(([key, offset]) => `${key} ${offset}`),
  );
}

/** The offsets of a checkpoint; none when it is not whole: they are limits that it is always safe not to know. */
export function parseOffsets(text: string): Map<string, number> {
  const offsets = new Map<string, number>();
  for (const line of parseCheckpoint(offsetsVersion, text) ?? []) {
    const match = /^(\S+ \d+) (\d+)$/.exec(line);
    if (match !== null) offsets.set(match[1]!, Number(match[2]));
  }
  return offsets;
}
