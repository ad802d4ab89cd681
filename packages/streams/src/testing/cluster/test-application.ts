import type { DeserializationPolicy } from '../../core/deserialization.ts';
import type { ErrorPolicy } from '../../core/failures.ts';
import type { AsyncCaller } from '../../host/async-caller.ts';
import type { DropReason } from '../../operators/define-operator.ts';
import type { Topology } from '../../topology/topology.ts';
import type { ClusterTopics } from './cluster-topics.ts';
import type { TestIsolation } from './partition-log.ts';

/** What all instances of an application have in common. */
export interface TestApplication {
  readonly applicationId: string;
  readonly topology: Topology;
  readonly topics: ClusterTopics;
  readonly isTransactional: boolean;
  /** What the application itself sees of topics. */
  readonly isolation: TestIsolation;
  readonly deserialization: DeserializationPolicy;
  readonly errors: ErrorPolicy;
  readonly emitIntervalMs: number;
  readonly cacheBytesMax: number;
  readonly caller: AsyncCaller;
  readonly nowMs: () => number;
  /** How many records the stores of tasks have lacked when they were opened, by their names. */
  readonly restored: Map<string, number>;
  /** How many records were dropped by tasks that have ended. */
  readonly dropped: Map<DropReason, number>;
}
