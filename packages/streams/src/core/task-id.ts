const pattern = /^(\d+)_(\d+)$/;

/** Names a task as Kafka Streams does: `<sub-topology>_<partition>`. */
export function taskIdOf(subTopology: number, partition: number): string {
  return `${subTopology}_${partition}`;
}

/** What the name of a task says; undefined for other texts. */
export function parseTaskId(text: string): { readonly subTopology: number; readonly partition: number } | undefined {
  const [, subTopology, partition] = pattern.exec(text) ?? [];
  return partition === undefined ? undefined : { subTopology: Number(subTopology), partition: Number(partition) };
}
