import { sessionWindowed, string, windowed } from '@nagare/serdes';
import { aggregator, initial, merger, reducer } from '../functions.ts';
import type { Step } from '../topology-spec.ts';
import { type Flow, materialized, type Scene, serdeOfResult, texts, unknownOperator } from './interpreter.ts';
import { call } from './not-there.ts';
import { windowsOf } from './windows.ts';

/** The steps that begin at a group: of a stream, of a table, of several streams, and their windows. */
export function groupStep(scene: Scene): Flow {
  const { step, from, fn } = scene;
  switch (step.op) {
    case 'windowedBy':
      return windowedBy(scene);
    case 'count': {
      const value = serdeOfResult('length', from.value);
      return { ...from, made: call(from.made, 'count', materialized(step, texts.key, value)), value };
    }
    case 'reduce': {
      const combiners = [reducer(fn), ...(step.subtract === undefined ? [] : [reducer(step.subtract as string)])];
      return { ...from, made: call(from.made, 'reduce', ...combiners, materialized(step, texts.key, from.value)) };
    }
    case 'aggregate':
      return aggregate(scene);
    case 'cogroup':
      return cogroup(scene);
    default:
      return unknownOperator(scene);
  }
}

/** Values and keys come the other way round in cogroup as well. */
const add = (fn: string) => (key: unknown, value: unknown, old: unknown) => aggregator(fn)(key, value, old);

function aggregate({ step, from, fn }: Scene): Flow {
  const value = fn === 'nullOn0' ? texts.value : serdeOfResult(fn, texts.value);
  const isSession = (from.made as object).constructor.name.startsWith('SessionWindowed');
  const isCogrouped = (from.made as object).constructor.name.includes('Cogrouped');
  const parts = [
    () => initial(fn),
    ...(isCogrouped ? [] : [add(fn)]),
    ...(step.subtract === undefined ? [] : [add(step.subtract as string)]),
    ...(isSession ? [merger(fn)] : []),
  ];
  const made = call(from.made, 'aggregate', ...parts, { value, ...materialized(step, texts.key, value) });
  return { ...from, made, value };
}

function cogroup({ step, from, fn, flow }: Scene): Flow {
  const others = step.with === undefined ? [] : [flow('with').made];
  return { ...from, made: call(from.made, 'cogroup', ...others, add(fn)) };
}

function windowedBy({ step, from }: Scene): Flow {
  const made = call(from.made, 'windowedBy', windowsOf(step.windows));
  const key = windowedKey(step.windows as unknown as Step) as never;
  return step.emit === undefined
    ? { ...from, made, key }
    : { ...from, made: call(made, 'emitStrategy', 'on-window-close'), key };
}

function windowedKey({ type, size, difference }: Step): unknown {
  switch (type) {
    case 'time':
      return windowed(string, size as number);
    case 'sliding':
      return windowed(string, difference as number);
    case 'unlimited':
      return windowed(string, Number.MAX_SAFE_INTEGER);
    default:
      return sessionWindowed(string);
  }
}
