import { int64, type Serde, string } from '@nagare/serdes';
import { StreamsBuilder, type Topology } from '@nagare/streams';
import { extractor, resultOf } from '../functions.ts';
import type { Step, TopologySpec } from '../topology-spec.ts';
import { groupStep } from './group-steps.ts';
import { call, NotThere } from './not-there.ts';
import { streamStep } from './stream-steps.ts';
import { tableStep } from './table-steps.ts';

type AnySerde = Serde<never>;

/** What a step made, and the serdes of its records. */
export interface Flow {
  readonly made: unknown;
  readonly key: AnySerde;
  readonly value: AnySerde;
}

/** A step with what it starts from, as the interpreter's parts see it. */
export interface Scene {
  readonly step: Step;
  readonly from: Flow;
  readonly fn: string;
  /** What another field of the step names. */
  readonly flow: (field: string) => Flow;
  readonly keep: (name: string, flow: Flow) => void;
}

const serdes: Readonly<Record<string, AnySerde>> = { string: string as AnySerde, int64: int64 as AnySerde };

/** Builds a topology of its plain data. @throws {NotThere} */
export function build({ steps }: TopologySpec): Topology {
  const builder = new StreamsBuilder();
  const flows = new Map<string, Flow>();
  for (const step of steps) {
    const made = apply(builder, step, flows);
    if (made !== undefined && typeof step.as === 'string') flows.set(step.as, made);
  }
  return builder.build();
}

function apply(builder: StreamsBuilder, step: Step, flows: Map<string, Flow>): Flow | undefined {
  if (['stream', 'table', 'globalTable'].includes(step.op)) return source(builder, step);
  const flow = (field: string) => {
    const found = flows.get(step[field] as string);
    if (found === undefined) throw new RangeError(`no step made ${String(step[field])}`);
    return found;
  };
  const from = flow('from');
  const scene = {
    ...{ step, from, flow, fn: (step.fn ?? '') as string },
    keep: (name: string, kept: Flow) => void flows.set(name, kept),
  };
  switch ((from.made as object).constructor.name) {
    case 'KStream':
      return streamStep(scene);
    case 'KTable':
      return tableStep(scene);
    default:
      return groupStep(scene);
  }
}

function source(builder: StreamsBuilder, step: Step): Flow {
  const key = serdes[(step.key ?? 'string') as string] as AnySerde;
  const value = serdes[(step.value ?? 'string') as string] as AnySerde;
  const timestamp = step.timestamp === undefined ? undefined : extractor(step.timestamp as string);
  const consumed = { key, value, ...nameOf(step), ...(timestamp === undefined ? {} : { timestamp }) };
  if (step.op === 'stream') return { made: call(builder, 'stream', step.topics, consumed), key, value };
  return { made: call(builder, step.op, step.topic, { ...consumed, ...storeOf(step) }), key, value };
}

export const nameOf = ({ name }: Step) => (name === undefined ? {} : { name });

/** The options of a step's store, apart from its serdes. */
export function storeOf({ store, logged, topicConfig, retention, versioned: history }: Step): object {
  return given({ store, logged, topicConfig, retention, history });
}

function given(options: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** How the step's result is kept: nothing at all when the step says nothing about it. */
export function materialized(step: Step, key: AnySerde, value: AnySerde): object {
  const isKept = ['store', 'logged', 'topicConfig', 'retention', 'materialized'].some(
    (name) => step[name] !== undefined,
  );
  return isKept ? { ...nameOf(step), key, value, ...storeOf(step) } : nameOf(step);
}

/** The serde of what a function gives. */
export function serdeOfResult(fn: string, otherwise: AnySerde): AnySerde {
  const result = resultOf(fn);
  return result === 'same' ? otherwise : (serdes[result] as AnySerde);
}

export const texts = { key: string as AnySerde, value: string as AnySerde };

/** The answer of a part that does not know an operator. */
export function unknownOperator({ step, from }: Scene): never {
  throw new NotThere(`${(from.made as object).constructor.name} ${step.op}`);
}
