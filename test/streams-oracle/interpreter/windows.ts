import type { Json } from '../topology-spec.ts';
import { call, exported } from './not-there.ts';

type Fields = Readonly<Record<string, Json>>;

/** The windows that a topology describes. */
export function windowsOf(described: Json | undefined): unknown {
  const { type, size, advance, gap, difference, grace, start } = described as Fields;
  switch (type) {
    case 'time': {
      const windows = call(exported('TimeWindows'), 'ofSizeAndGrace', size, grace);
      return advance === undefined ? windows : call(windows, 'advanceBy', advance);
    }
    case 'session':
      return call(exported('SessionWindows'), 'ofInactivityGapAndGrace', gap, grace);
    case 'sliding':
      return call(exported('SlidingWindows'), 'ofTimeDifferenceAndGrace', difference, grace);
    default:
      return call(exported('UnlimitedWindows'), 'startOn', start);
  }
}

export function joinWindows(described: Json | undefined): unknown {
  const { difference, grace, before, after } = described as Fields;
  let windows = call(exported('JoinWindows'), 'ofTimeDifferenceAndGrace', difference, grace);
  if (before !== undefined) windows = call(windows, 'before', before);
  return after === undefined ? windows : call(windows, 'after', after);
}

/** How a table's updates are held back. */
export function suppressed({ until, limit, maxRecords, logged, name }: Fields): unknown {
  const options = {
    ...(name === undefined ? {} : { name }),
    ...(logged === undefined ? {} : { logged }),
    ...(maxRecords === undefined ? {} : { maxRecords, whenFull: 'emit' }),
  };
  const suppressing = exported('Suppressed');
  if (until === 'windowClose') return call(suppressing, 'untilWindowCloses', options);
  return call(suppressing, 'untilTimeLimit', limit, options);
}
