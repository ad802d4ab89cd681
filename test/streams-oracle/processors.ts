import { string } from '@nagare/serdes';
import { type KeyValueStore, keyValueStore, type ProcessorContext, StreamRecord } from '@nagare/streams';
import { text } from './functions.ts';
import { nameOf } from './interpreter/interpreter.ts';
import { call } from './interpreter/not-there.ts';
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
  streamTick: (context) => ticking(context, { type: 'stream-time', interval: 10_000 }),
  wallTick: (context) => ticking(context, { type: 'wall-clock-time', interval: 10_000 }),
  anchoredTick: (context) => ticking(context, { type: 'stream-time', interval: 10_000, startTime: 5_000 }),
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

function ticking(context: Context, schedule: object): Handle {
  const tick = (at: number) => context.forward(new StreamRecord('tick', `t${at}`, at));
  call(context, 'schedule', schedule, tick);
  return (record) => context.forward(record);
}

/** The arguments of `process` and `processValues`. */
export function processor(name: string, step: Step): readonly unknown[] {
  const make = processors[name];
  if (make === undefined) throw new RangeError(`no processor is named ${name}`);
  const store = step.store as string | undefined;
  const stores = store === undefined ? [] : [keyValueStore({ name: store, key: string, value: string, ranges: true })];
  return [(context: Context) => make(context, store ?? ''), { ...nameOf(step), stores }];
}
