import { string } from '@nagare/serdes';
import {
  type Cancellable,
  type KeyValueStore,
  keyValueStore,
  type ProcessorContext,
  type PunctuationTimes,
  type PunctuationType,
  StreamRecord,
} from '@nagare/streams';
import { text } from './functions.ts';
import { nameOf } from './interpreter/interpreter.ts';
import type { Step } from './topology-spec.ts';

type AnyRecord = StreamRecord<unknown, unknown>;
type Context = ProcessorContext<unknown, unknown>;
type Handle = (record: AnyRecord) => void;

/** The processors that topologies name: the same as in Processors.java, one for one. */
const processors: Readonly<Record<string, (context: Context, store: string) => Handle>> = {
  bang: (context) => (record) => context.forward(record.withValue(`${text(record.value)}!`)),
  rekey: (context) => (record) => context.forward(record.withKey(record.value)),
  twice: (context) => (record) => {
    context.forward(record);
    context.forward(record.withTimestamp(record.timestamp + 1));
  },
  header: (context) => (record) =>
    context.forward(record.withHeaders([...record.headers, { key: 'by', value: Buffer.from([1]) }])),
  metadata: (context) => (record) =>
    context.forward(record.withValue(`${context.source.topic}@${context.source.offset}`)),
  streamTime: (context) => (record) => context.forward(record.withValue(`t${context.streamTimeMs}`)),
  remember: (context, store) => remember(context, context.keyValueStore(store)),
  streamTick: (context) => ticking(context, 10_000, 'stream-time'),
  wallTick: (context) => ticking(context, 10_000, 'wall-clock-time'),
  anchoredTick: (context) => ticking(context, { interval: 10_000, startTime: 5_000 }, 'stream-time'),
  anchoredWallTick: (context) => ticking(context, { interval: 3_000, startTime: 2_000 }, 'wall-clock-time'),
  twoTicks: (context) => {
    context.schedule(3_000, 'stream-time', (at) => forwardTick(context, 'three', at));
    context.schedule(3_000, 'wall-clock-time', (at) => forwardTick(context, 'wall', at));
    return ticking(context, 5_000, 'stream-time');
  },
  tickThrice: (context) => {
    let left = 3;
    const cancellable = context.schedule(2_000, 'stream-time', (at) => {
      forwardTick(context, 'tick', at);
      left -= 1;
      if (left === 0) cancellable.cancel();
    });
    return (record) => context.forward(record);
  },
  tickOnA,
  tickInTick: (context) => {
    let isFirst = true;
    return ticking(context, 10_000, 'stream-time', () => {
      if (isFirst) context.schedule(4_000, 'stream-time', (at) => forwardTick(context, 'inner', at));
      if (isFirst) context.schedule(2_000, 'wall-clock-time', (at) => forwardTick(context, 'outer', at));
      isFirst = false;
    });
  },
  flushLast: (context) => {
    let last: AnyRecord | undefined;
    context.schedule(3_000, 'wall-clock-time', (at) => {
      if (last !== undefined) context.forward(last.withValue(`t${at}`));
    });
    return (record) => {
      last = record;
    };
  },
  sweep: (context, store) => sweep(context, context.keyValueStore(store)),
};

function remember(context: Context, last: KeyValueStore<unknown, unknown>): Handle {
  return (record) => {
    if (record.key === null) return;
    const before = last.get(record.key);
    if (record.value === null) last.delete(record.key);
    else last.put(record.key, record.value);
    context.forward(record.withValue(`${text(before)}>${text(record.value)}`));
  };
}

const forwardTick = (context: Context, key: string, at: number) =>
  context.forward(new StreamRecord(key, `t${at}@${context.streamTimeMs}`, at));

function ticking(
  context: Context,
  times: number | PunctuationTimes,
  type: PunctuationType,
  also: () => void = () => {},
): Handle {
  context.schedule(times, type, (at) => {
    forwardTick(context, 'tick', at);
    also();
  });
  return (record) => context.forward(record);
}

/** Schedules with each record of the key a, and cancels with each of b what the last one has scheduled. */
function tickOnA(context: Context): Handle {
  let last: Cancellable | undefined;
  return (record) => {
    if (record.key === 'a') last = context.schedule(6_000, 'wall-clock-time', (at) => forwardTick(context, 'tick', at));
    if (record.key === 'b') last?.cancel();
    context.forward(record);
  };
}

/** Keeps records, and from time to time sends and removes all that are there. */
function sweep(context: Context, kept: KeyValueStore<unknown, unknown>): Handle {
  context.schedule(3_000, 'wall-clock-time', (at) => {
    for (const [key, value] of [...kept.all()]) {
      context.forward(new StreamRecord(key, value, at));
      kept.delete(key);
    }
  });
  return (record) => {
    if (record.key !== null && record.value !== null) kept.put(record.key, record.value);
  };
}

/** The arguments of `process` and `processValues`. */
export function processor(name: string, step: Step): readonly unknown[] {
  const make = processors[name];
  if (make === undefined) throw new RangeError(`no processor is named ${name}`);
  const store = step.store as string | undefined;
  const stores = store === undefined ? [] : [keyValueStore({ name: store, key: string, value: string, ranges: true })];
  return [(context: Context) => make(context, store ?? ''), { ...nameOf(step), stores }];
}
