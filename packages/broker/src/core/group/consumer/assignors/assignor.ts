import type { Partitions } from '../partitions.ts';
import { assignRanges } from './range.ts';
import { assignUniformly } from './uniform.ts';

/** A member as an assignor sees it. */
export interface AssignorMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  /** The topics that it subscribes to, of those that exist. */
  readonly topicIds: ReadonlySet<string>;
  /** What it was to have until now. */
  readonly previous: Partitions;
}

export interface AssignorTask {
  readonly members: readonly AssignorMember[];
  partitionCount(topicId: string): number;
}

/** Gives every partition that somebody subscribes to, to one who does. */
export type Assignor = (task: AssignorTask) => ReadonlyMap<string, Partitions>;

/** The assignors of this broker, by the names that members ask for. */
export const assignors = {
  uniform: assignUniformly,
  range: assignRanges,
} as const satisfies Record<string, Assignor>;

export type AssignorName = keyof typeof assignors;

export function isAssignorName(name: string): name is AssignorName {
  return Object.hasOwn(assignors, name);
}
