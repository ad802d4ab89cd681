import { joiner, keyOf, mapped, pairOf, pairsOf, predicate, valuesOf } from '../functions.ts';
import { processor } from '../processors.ts';
import type { Step } from '../topology-spec.ts';
import { type Flow, materialized, nameOf, type Scene, serdeOfResult, texts, unknownOperator } from './interpreter.ts';
import { call } from './not-there.ts';
import { joinWindows } from './windows.ts';

/** The steps that begin at a stream. */
export function streamStep(scene: Scene): Flow | undefined {
  const { step, from, fn, flow } = scene;
  const named = nameOf(step);
  const on = (...args: readonly unknown[]) => call(from.made, step.op, ...args);
  switch (step.op) {
    case 'filter':
    case 'filterNot':
      return { ...from, made: on(predicate(fn), named) };
    case 'map':
      return { ...texts, made: on(pairOf(fn), named) };
    case 'flatMap':
      return { ...texts, made: on(pairsOf(fn), named) };
    case 'mapValues':
      return {
        ...from,
        made: on((v: unknown, k: unknown) => mapped(fn)(k, v), named),
        value: serdeOfResult(fn, from.value),
      };
    case 'flatMapValues':
      return { ...from, made: on((v: unknown, k: unknown) => valuesOf(fn)(k, v), named), value: texts.value };
    case 'selectKey':
      return { ...from, made: on(keyOf(fn), named), key: texts.key };
    case 'peek':
      return { ...from, made: on(() => {}, named) };
    case 'merge':
      return { ...from, made: on(flow('with').made, named) };
    case 'repartition':
      return { ...from, made: on({ ...named, key: from.key, value: from.value, ...partitionsOf(step) }) };
    case 'toTable':
      return { ...from, made: on({ key: from.key, value: from.value, ...materialized(step, from.key, from.value) }) };
    case 'groupByKey':
      return { ...from, made: on({ ...named, key: from.key, value: from.value }) };
    case 'groupBy':
      return { ...from, made: on(keyOf(fn), { ...named, key: texts.key, value: from.value }), key: texts.key };
    default:
      return furtherStep(scene);
  }
}

function furtherStep(scene: Scene): Flow | undefined {
  const { step, from, fn } = scene;
  switch (step.op) {
    case 'forEach':
      call(from.made, 'forEach', () => {}, nameOf(step));
      return undefined;
    case 'to':
      return to(scene);
    case 'split':
      return split(scene);
    case 'process':
      return { ...texts, made: call(from.made, 'process', ...processor(fn, step)) };
    case 'processValues':
      return { ...texts, made: call(from.made, 'processValues', ...processor(fn, step)), key: from.key };
    case 'join':
    case 'leftJoin':
    case 'outerJoin':
      return join(scene);
    default:
      return unknownOperator(scene);
  }
}

const partitionsOf = ({ partitions }: Step) => (partitions === undefined ? {} : { partitions });

function to({ step, from, fn }: Scene): undefined {
  const choose = (record: { key: unknown; value: unknown }) => (predicate(fn)(record.key, record.value) ? 'yes' : 'no');
  call(from.made, 'to', step.topic ?? choose, { ...nameOf(step), key: from.key, value: from.value });
}

function split({ step, from, keep }: Scene): undefined {
  let made = call(from.made, 'split', nameOf(step));
  const branches = step.branches as readonly { readonly name: string; readonly fn: string }[];
  for (const { name, fn } of branches) made = call(made, 'branch', name, predicate(fn));
  const all = step.rest === undefined ? call(made, 'noDefaultBranch') : call(made, 'defaultBranch', step.rest);
  for (const [name, stream] of Object.entries(all as object)) keep(name, { ...from, made: stream });
}

function join({ step, from, fn, flow }: Scene): Flow {
  const other = flow('with');
  const combine = (left: unknown, right: unknown, key: unknown) => joiner(fn)(key, left, right);
  const on = (...args: readonly unknown[]) => ({
    ...from,
    made: call(from.made, step.op, other.made, ...args),
    value: texts.value,
  });
  const joined = { ...nameOf(step), key: from.key, value: from.value, otherValue: other.value };
  switch ((other.made as object).constructor.name) {
    case 'GlobalKTable': {
      const parts = [other.made, keyOf(step.keyFn as string), combine, nameOf(step)];
      return { ...from, made: call(from.made, `${step.op}Global`, ...parts), value: texts.value };
    }
    case 'KTable':
      return on(combine, { ...joined, ...(step.grace === undefined ? {} : { grace: step.grace }) });
    default: {
      const kept = {
        ...(step.store === undefined ? {} : { store: step.store }),
        ...(step.logged === undefined ? {} : { logged: step.logged }),
      };
      return on(combine, joinWindows(step.windows), { ...joined, ...kept });
    }
  }
}
