import { StreamsError } from '../errors.ts';
import type { SubTopology, Topology } from './topology.ts';

/**
 * Decides how many partitions each repartition topic has, and checks that topics which are joined have equally many.
 *
 * @param topology - The topology.
 * @param partitionsOf - Partitions of every source topic that the application does not own.
 * @returns Partitions of each repartition topic, by its name without the application.
 * @throws {StreamsError} `NAGARE_STREAMS_NOT_COPARTITIONED` or `NAGARE_STREAMS_TOPIC_MISSING`.
 */
export function planPartitions(topology: Topology, partitionsOf: ReadonlyMap<string, number>): Map<string, number> {
  const known = new Map(partitionsOf);
  const planned = new Set(topology.repartitionTopics.map(({ name }) => name));
  for (const { name, partitions } of topology.repartitionTopics)
    if (partitions !== undefined) known.set(name, partitions);
  checkSources(topology, known, planned);
  spread(topology, known, planned);
  for (const group of topology.copartitionGroups) checkGroup(group, known);
  return new Map([...planned].map((name) => [name, known.get(name) as number]));
}

function checkSources(topology: Topology, known: ReadonlyMap<string, number>, planned: ReadonlySet<string>): void {
  for (const { sources } of topology.subTopologies) {
    for (const topic of sources.flatMap((source) => source.topics)) {
      if (!known.has(topic) && !planned.has(topic)) throw new StreamsError('NAGARE_STREAMS_TOPIC_MISSING', topic);
    }
  }
}

/** Fills in counts until none is open: a topic takes the most partitions of those that feed it. */
function spread(topology: Topology, known: Map<string, number>, planned: ReadonlySet<string>): void {
  const open = new Set([...planned].filter((name) => !known.has(name)));
  while (open.size > 0) {
    const before = open.size;
    for (const name of open) {
      const partitions = fromGroup(name, topology, known, open) ?? fromWriters(name, topology, known);
      if (partitions === undefined) continue;
      known.set(name, partitions);
      open.delete(name);
    }
    if (open.size === before) {
      const detail = `the partitions of ${[...open].join(', ')} depend on themselves; give a number to repartition()`;
      throw new StreamsError('NAGARE_STREAMS_TOPOLOGY', detail);
    }
  }
}

/** A topic that is joined with one of fixed size has that size. */
function fromGroup(
  name: string,
  topology: Topology,
  known: ReadonlyMap<string, number>,
  open: ReadonlySet<string>,
): number | undefined {
  const fixed = topology.copartitionGroups
    .filter((group) => group.includes(name))
    .flatMap((group) => group.filter((other) => !open.has(other)).map((other) => known.get(other)))
    .find((partitions) => partitions !== undefined);
  if (fixed !== undefined) return fixed;
  const partners = topology.copartitionGroups.filter((group) => group.includes(name)).flat();
  const sizes = partners.map((partner) => fromWriters(partner, topology, known));
  const ready = sizes.filter((size) => size !== undefined);
  return partners.length > 0 && ready.length === sizes.length ? Math.max(...ready) : undefined;
}

function fromWriters(name: string, topology: Topology, known: ReadonlyMap<string, number>): number | undefined {
  const writers = topology.subTopologies.filter(({ sinks }) => sinks.some((sink) => sink.topic === name));
  const counts = writers.map((writer) => taskCount(writer, known));
  const ready = counts.filter((count) => count !== undefined);
  return ready.length === counts.length && ready.length > 0 ? Math.max(...ready) : undefined;
}

/** How many tasks a sub-topology has: the most partitions of its sources, or undefined while one is not known. */
export function taskCount({ sources }: SubTopology, known: ReadonlyMap<string, number>): number | undefined {
  let most = 0;
  for (const topic of sources.flatMap((source) => source.topics)) {
    const partitions = known.get(topic);
    if (partitions === undefined) return undefined;
    most = Math.max(most, partitions);
  }
  return most;
}

function checkGroup(group: readonly string[], known: ReadonlyMap<string, number>): void {
  const counts = group.map((topic) => `${topic} has ${known.get(topic)}`);
  if (new Set(group.map((topic) => known.get(topic))).size > 1) {
    throw new StreamsError('NAGARE_STREAMS_NOT_COPARTITIONED', counts.join(', '));
  }
}
