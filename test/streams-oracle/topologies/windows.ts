import type { Step } from '../topology-spec.ts';
import { changes, input, onRocks, step, stream, topology, withCache } from './steps.ts';

const grouped = step('groupByKey', 's', 'g');
const tumbling = { type: 'time', size: 30_000, grace: 20_000 };
const hopping = { type: 'time', size: 30_000, grace: 5_000, advance: 10_000 };
const noGrace = { type: 'time', size: 10_000, grace: 0 };
const sliding = { type: 'sliding', difference: 10_000, grace: 20_000 };
const session = { type: 'session', gap: 8_000, grace: 15_000 };
const unlimited = { type: 'unlimited', start: 20_000 };

const by = (windows: object, options: object = {}): readonly Step[] => [
  input,
  grouped,
  step('windowedBy', 'g', 'w', { windows: windows as never, ...options }),
];
const closing = { emit: 'close' };
/** Longer than all inputs. */
const retention = 100_000_000;
const final = { until: 'windowClose' };
const sum = step('aggregate', 'w', 'a', { fn: 'sum', store: 'kept' });
const concat = step('aggregate', 'w', 'a', { fn: 'concat', store: 'kept' });
const nullOn0 = step('aggregate', 'w', 'a', { fn: 'nullOn0', store: 'kept' });
const count = step('count', 'w', 'a', { store: 'kept' });
const reduce = step('reduce', 'w', 'a', { fn: 'concat', store: 'kept' });

/** Aggregations within windows. */
export const windows = [
  topology('tumbling-count', by(tumbling), step('count', 'w', 'a'), changes('a')),
  topology('tumbling-count-kept', by(tumbling), count, changes('a')),
  topology('tumbling-count-materialized', by(tumbling), step('count', 'w', 'a', { materialized: true }), changes('a')),
  topology('tumbling-no-grace', by(noGrace), concat, changes('a')),
  topology('tumbling-retention', by(tumbling), { ...count, retention: 100_000, name: 'counting' }, changes('a')),
  topology('tumbling-not-logged', by(tumbling), { ...count, logged: false }, changes('a')),
  topology('tumbling-reduce', by(tumbling), reduce, changes('a')),
  topology('tumbling-aggregate', by(tumbling), nullOn0, changes('a')),
  topology(
    'tumbling-by',
    input,
    step('groupBy', 's', 'g', { fn: 'group' }),
    step('windowedBy', 'g', 'w', { windows: tumbling }),
    sum,
    changes('a'),
  ),
  topology('hopping-count', by(hopping), count, changes('a')),
  topology('hopping-reduce', by(hopping), reduce, changes('a')),
  topology('hopping-aggregate', by(hopping), nullOn0, changes('a')),
  topology('unlimited-count', by(unlimited), count, changes('a')),
  topology('sliding-count', by(sliding), count, changes('a')),
  topology('sliding-reduce', by(sliding), reduce, changes('a')),
  topology('sliding-aggregate', by(sliding), concat, changes('a')),
  topology('sliding-aggregate-to-null', by(sliding), nullOn0, changes('a')),
  topology('sliding-no-grace', by({ ...sliding, grace: 0 }), sum, changes('a')),
  topology('session-count', by(session), count, changes('a')),
  topology('session-count-unnamed', by(session), step('count', 'w', 'a'), changes('a')),
  topology('session-reduce', by(session), reduce, changes('a')),
  topology('session-aggregate', by(session), concat, changes('a')),
  topology('session-aggregate-to-null', by(session), nullOn0, changes('a')),
  topology('session-no-grace', by({ ...session, grace: 0 }), sum, changes('a')),
  topology(
    'session-by',
    input,
    step('groupBy', 's', 'g', { fn: 'group' }),
    step('windowedBy', 'g', 'w', { windows: session }),
    sum,
    changes('a'),
  ),
  onRocks(topology('tumbling-emit-on-close', by(tumbling, closing), count, changes('a'))),
  onRocks(topology('hopping-emit-on-close', by(hopping, closing), concat, changes('a'))),
  onRocks(topology('sliding-emit-on-close', by(sliding, closing), sum, changes('a'))),
  onRocks(topology('session-emit-on-close', by(session, closing), concat, changes('a'))),
  ...[
    topology('tumbling-emit-on-close-retained', by(tumbling, closing), { ...count, retention }, changes('a')),
    topology('hopping-emit-on-close-retained', by(hopping, closing), { ...concat, retention }, changes('a')),
    topology('sliding-emit-on-close-retained', by(sliding, closing), { ...sum, retention }, changes('a')),
    topology('session-emit-on-close-retained', by(session, closing), { ...concat, retention }, changes('a')),
  ].map(onRocks),
  withCache(
    topology(
      'tumbling-suppress',
      by(tumbling),
      { ...count, retention },
      step('suppress', 'a', 'f', final),
      changes('f'),
    ),
  ),
  topology(
    'hopping-suppress',
    by(hopping),
    reduce,
    step('suppress', 'a', 'f', { ...final, name: 'last-word' }),
    changes('f'),
  ),
  topology('session-suppress', by(session), concat, step('suppress', 'a', 'f', final), changes('f')),
  withCache(
    topology('sliding-suppress', by(sliding), { ...count, retention }, step('suppress', 'a', 'f', final), changes('f')),
  ),
  topology(
    'suppress-not-logged',
    by(tumbling),
    count,
    step('suppress', 'a', 'f', { ...final, logged: false }),
    changes('f'),
  ),
  withCache(
    topology(
      'suppress-time-limit',
      input,
      grouped,
      step('count', 'g', 'a', { store: 'kept' }),
      step('suppress', 'a', 'f', { until: 'timeLimit', limit: 10_000 }),
      changes('f'),
    ),
  ),
  withCache(
    topology(
      'suppress-time-limit-full',
      input,
      grouped,
      step('count', 'g', 'a', { store: 'kept' }),
      step('suppress', 'a', 'f', { until: 'timeLimit', limit: 30_000, maxRecords: 2 }),
      changes('f'),
    ),
  ),
  withCache(
    topology(
      'suppress-windows-time-limit',
      by(tumbling),
      { ...count, retention },
      step('suppress', 'a', 'f', { until: 'timeLimit', limit: 15_000, name: 'slow' }),
      changes('f'),
    ),
  ),
  topology(
    'suppress-table',
    { op: 'table', topic: 'in', as: 't' },
    step('suppress', 't', 'f', { until: 'timeLimit', limit: 5_000 }),
    changes('f'),
  ),
  withCache(
    topology(
      'windows-filtered',
      by(tumbling),
      { ...count, retention },
      step('filter', 'a', 'f', { fn: 'even' }),
      step('mapValues', 'f', 'm', { fn: 'text' }),
      changes('m'),
    ),
  ),
  topology(
    'windows-regrouped',
    by(tumbling),
    count,
    step('toStream', 'a', 'o', { fn: 'text' }),
    step('mapValues', 'o', 'o2', { fn: 'text' }),
    step('groupByKey', 'o2', 'g2'),
    step('count', 'g2', 'c', { store: 'again' }),
    changes('c'),
  ),
  ...['time', 'session', 'sliding'].map((type) =>
    onRocks(
      topology(
        `cogroup-${type}`,
        ...[
          input,
          stream('more'),
          grouped,
          step('groupByKey', 'more', 'g2'),
          step('cogroup', 'g', 'co', { fn: 'concat' }),
        ],
        step('cogroup', 'co', 'co2', { with: 'g2', fn: 'shout' }),
        step('windowedBy', 'co2', 'w', { windows: { time: tumbling, session, sliding }[type] as never }),
        concat,
        changes('a'),
      ),
    ),
  ),
];
