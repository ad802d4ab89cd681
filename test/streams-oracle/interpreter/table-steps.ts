import { joiner, keyOf, mapped, predicate } from '../functions.ts';
import { type Flow, materialized, nameOf, type Scene, serdeOfResult, texts, unknownOperator } from './interpreter.ts';
import { call } from './not-there.ts';
import { suppressed } from './windows.ts';

/** The steps that begin at a table. */
export function tableStep(scene: Scene): Flow {
  const { step, from, fn, flow } = scene;
  const on = (...args: readonly unknown[]) => call(from.made, step.op, ...args);
  switch (step.op) {
    case 'filter':
    case 'filterNot':
      return { ...from, made: on(predicate(fn), materialized(step, from.key, from.value)) };
    case 'mapValues':
    case 'transformValues': {
      const value = serdeOfResult(fn, from.value);
      const map = (v: unknown, k: unknown) => mapped(fn)(k, v);
      const made = on(step.op === 'mapValues' ? map : () => map, materialized(step, from.key, value));
      return { ...from, made, value };
    }
    case 'toStream':
      if (fn === '') return { ...from, made: on(nameOf(step)) };
      return { ...from, made: call(on(nameOf(step)), 'selectKey', keyOf(fn)), key: texts.key };
    case 'groupBy': {
      const select = (k: unknown, v: unknown) => [keyOf(fn)(k, v), v];
      return { ...from, made: on(select, { ...nameOf(step), key: texts.key, value: from.value }), key: texts.key };
    }
    case 'join':
    case 'leftJoin':
    case 'outerJoin': {
      const combine = (left: unknown, right: unknown) => joiner(fn)(null, left, right);
      const made = on(flow('with').made, combine, materialized(step, from.key, texts.value));
      return { ...from, made, value: texts.value };
    }
    case 'foreignKeyJoin':
    case 'foreignKeyLeftJoin':
      return foreignKeyJoin(scene);
    case 'suppress':
      return { ...from, made: on(suppressed(step)) };
    default:
      return unknownOperator(scene);
  }
}

function foreignKeyJoin({ step, from, fn, flow }: Scene): Flow {
  const method = step.op === 'foreignKeyJoin' ? 'joinForeign' : 'leftJoinForeign';
  const foreignKey = (v: unknown, k: unknown) => keyOf(step.keyFn as string)(k, v);
  const combine = (left: unknown, right: unknown) => joiner(fn)(null, left, right);
  const options = { key: from.key, value: texts.value, ...materialized(step, from.key, texts.value) };
  return {
    ...from,
    made: call(from.made, method, flow('with').made, foreignKey, combine, options),
    value: texts.value,
  };
}
