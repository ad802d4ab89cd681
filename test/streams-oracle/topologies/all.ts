import { isCached, type TopologySpec } from '../topology-spec.ts';
import { aggregations } from './aggregations.ts';
import { joins } from './joins.ts';
import { processors } from './processors.ts';
import { stateless } from './stateless.ts';
import { tables } from './tables.ts';
import { versioned } from './versioned.ts';
import { windows } from './windows.ts';

/** Every topology that is compared with Kafka Streams. */
export const topologies: readonly TopologySpec[] = [
  ...stateless,
  ...aggregations,
  ...tables,
  ...versioned,
  ...joins,
  ...windows,
  ...processors,
];

/** Those that hold rows of tables and windows, once more and with record caches, as applications run. */
export const cachedTopologies: readonly TopologySpec[] = [
  ...aggregations,
  ...tables,
  ...versioned,
  ...joins,
  ...windows,
]
  .filter((spec) => !isCached(spec))
  .map((spec) => ({ ...spec, isCachedAgain: true }));
