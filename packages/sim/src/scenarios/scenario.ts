import type { Random } from '@nagare/base';
import type { BrokerOptions } from '@nagare/broker';
import type { Anomaly } from '../checkers/anomaly.ts';
import type { BrokerPart } from '../faults/failpoints.ts';
import type { FaultKind } from '../faults/fault.ts';
import type { ClientPlan, Plan } from '../run/plan.ts';
import type { ClientBody } from '../world/client-node.ts';
import type { World } from '../world/world.ts';

/** What a scenario draws of a plan; faults are drawn for it. */
export interface Draft {
  readonly setup: Plan['setup'];
  readonly clients: readonly ClientPlan[];
  /** For how long faults begin, in milliseconds. */
  readonly faultsEndMs: number;
  readonly without?: readonly FaultKind[];
  /** The parts of the broker that it uses, beside those that every scenario does. */
  readonly parts?: readonly BrokerPart[];
}

/** Something that clients do with a broker, and what must hold of it whatever goes wrong. */
export interface Scenario {
  readonly name: string;
  draw(random: Random): Draft;
  brokerOf(plan: Plan): Omit<BrokerOptions, 'platform' | 'listen'>;
  /** Prepares the broker before anything goes wrong. */
  setUp(world: World): Promise<void>;
  bodyOf(world: World, role: string): ClientBody;
  /** Reads what is there when everything is healed and every client has ended, and judges it with the history. */
  check(world: World): Promise<readonly Anomaly[]>;
}
