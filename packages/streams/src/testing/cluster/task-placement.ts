import { listTasks, type TaskPartitions } from '../../core/assign.ts';
import { type Candidate, type Placement, placeTasks } from '../../core/place-tasks.ts';
import { assignableParts } from '../../host/opening.ts';
import type { SubTopology, Topology } from '../../topology/topology.ts';
import type { ClusterTopics } from './cluster-topics.ts';

/** A task, wherever it runs. */
export interface TaskPlace extends TaskPartitions {
  readonly part: SubTopology;
  readonly partition: number;
}

/** The tasks of an application, by their ids. */
export function tasksOf(topology: Topology, topics: ClusterTopics): ReadonlyMap<string, TaskPlace> {
  const places = new Map<string, TaskPlace>();
  for (const part of topology.subTopologies) {
    const assignable = assignableParts(topology, topics.realName).filter(({ id }) => id === part.id);
    for (const [partition, task] of listTasks(assignable, topics.counts).entries()) {
      places.set(task.taskId, { ...task, part, partition });
    }
  }
  return places;
}

/** What an instance has of tasks, for those who place them. */
export interface PlacedInstance {
  readonly index: number;
  readonly running: ReadonlySet<string>;
  readonly keeping: ReadonlySet<string>;
  readonly positions: ReadonlyMap<string, number>;
}

/** Where the assignor of an application would have its tasks run, with Kafka's default settings but for the replicas. */
export function placeOn(
  tasks: ReadonlyMap<string, TaskPlace>,
  instances: readonly PlacedInstance[],
  numStandbyReplicas: number,
): Placement {
  const candidates = instances.map(
    ({ index, running, keeping, positions }): Candidate => ({ name: String(index), running, keeping, positions }),
  );
  const settings = { acceptableRecoveryLag: 10_000, maxWarmupReplicas: 2, numStandbyReplicas };
  return placeTasks([...tasks.values()], candidates, settings);
}
