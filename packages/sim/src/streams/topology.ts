import { string } from '@nagare/serdes';
import { StreamsBuilder, TimeWindows, type Topology } from '@nagare/streams';

const texts = { key: string, value: string };
/** Nothing is ever too late: in which order two partitions are read is a matter of chance. */
const grace = '1d';

export const applicationId = 'gathering';
export const windowMs = 5_000;
/** By how many keys orders are gathered, wherever they were written. */
export const groups = 2;

/** Which parts of the topology a run has. */
export interface Shape {
  readonly hasWindows: boolean;
  readonly hasJoin: boolean;
}

/** The group that a number belongs to. */
export function groupOf(value: number): string {
  return `g${value % groups}`;
}

/** The key of a window in the output. */
export function windowKey(key: string, startMs: number): string {
  return `${key}@${startMs}`;
}

/**
 * Gathers orders into lists, behind a repartition topic and in windows, and joins two tables.
 *
 * A list shows what went into it, and in which order, so each output tells whether all was counted once until then.
 */
export function listTopology({ hasWindows, hasJoin }: Shape): Topology {
  const builder = new StreamsBuilder();
  const orders = builder.stream('orders', texts);
  orders
    .groupBy((_key, order) => groupOf(Number(order)), { ...texts, name: 'by-group' })
    .aggregate(() => '', longer, { ...texts, store: 'lists' })
    .toStream()
    .to('lists', texts);
  if (hasWindows) {
    orders
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeAndGrace(windowMs, grace))
      .aggregate(() => '', longer, { ...texts, store: 'windows' })
      .toStream()
      .map(({ key, window }, list) => [windowKey(key, window.start), list])
      .to('windows', texts);
  }
  if (hasJoin) {
    builder
      .table('left', { ...texts, store: 'left' })
      .join(builder.table('right', { ...texts, store: 'right' }), (left, right) => `${left}/${right}`)
      .toStream()
      .to('joined', texts);
  }
  return builder.build();
}

/** The topics that a topology of this shape reads and writes, and the stores that it has. */
export function namesOf({ hasWindows, hasJoin }: Shape): {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly stores: readonly string[];
} {
  const windows = hasWindows ? ['windows'] : [];
  return {
    inputs: ['orders', ...(hasJoin ? ['left', 'right'] : [])],
    outputs: ['lists', ...windows, ...(hasJoin ? ['joined'] : [])],
    stores: ['lists', ...windows, ...(hasJoin ? ['left', 'right'] : [])],
  };
}

function longer(_key: string, order: string, list: string): string {
  return list === '' ? order : `${list},${order}`;
}
