import { string } from '@nagare/serdes';
import { JoinWindows } from '../windows/join-windows.ts';
import { SessionWindows } from '../windows/session-windows.ts';
import { SlidingWindows } from '../windows/sliding-windows.ts';
import { Suppressed } from '../windows/suppressed.ts';
import { TimeWindows } from '../windows/time-windows.ts';
import { UnlimitedWindows } from '../windows/unlimited-windows.ts';
import type { Replay } from './replay.ts';
import { replaySuite } from './replay-suite.ts';

const golden = new URL('./golden/windows/', import.meta.url);
const texts = { key: string, value: string };
const joined = { ...texts, otherValue: string };
const both = ['left', 'right'];
const slash = (x: string | null, y: string | null) => `${x}/${y}`;
const join = (x: string | null, y: string | null) => `${x}${y}`;
const last = (_: string, y: string) => y;

/** The same topologies as in ReplayWindows.java, one for one. */
const replays: Record<string, Replay> = {
  sessions: {
    inputs: ['in'],
    outputs: ['counts', 'reduced', 'aggregated', '=test-reduced-changelog', '=test-agg-changelog'],
    build(b) {
      const g = b.stream('in', texts).groupByKey();
      g.windowedBy(SessionWindows.ofInactivityGapWithNoGrace('5s')).count().toStream().to('counts');
      g.windowedBy(SessionWindows.ofInactivityGapAndGrace('8s', '20s'))
        .reduce((x, y) => (y === 'v3' ? y : join(x, y)), { store: 'reduced', ...texts })
        .toStream()
        .to('reduced');
      g.windowedBy(SessionWindows.ofInactivityGapAndGrace('3s', '200s'))
        .aggregate(
          () => '.',
          (_, v, x) => (v === 'v2' ? null : x + v),
          (_, x, y) => `${x}|${y}`,
          { store: 'agg', ...texts },
        )
        .toStream()
        .to('aggregated');
    },
  },
  sliding: {
    inputs: ['in'],
    outputs: ['counts', 'reduced', 'aggregated', '=test-reduced-changelog'],
    build(b) {
      const g = b.stream('in', texts).groupByKey();
      g.windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace('10s')).count().toStream().to('counts');
      g.windowedBy(SlidingWindows.ofTimeDifferenceAndGrace('15s', '20s'))
        .reduce(join, { store: 'reduced', ...texts })
        .toStream()
        .to('reduced');
      g.windowedBy(SlidingWindows.ofTimeDifferenceAndGrace('150s', '100s'))
        .aggregate(
          () => '.',
          (_, v, x) => (x + v).slice(-9),
          { store: 'agg', ...texts },
        )
        .toStream()
        .to('aggregated');
    },
  },
  unlimited: {
    inputs: ['in'],
    outputs: ['out', '=test-all-changelog'],
    build: (b) =>
      b
        .stream('in', texts)
        .groupByKey()
        .windowedBy(UnlimitedWindows.startOn(200_000))
        .reduce(last, { store: 'all', ...texts })
        .toStream()
        .to('out'),
  },
  'join-inner': {
    inputs: both,
    outputs: ['out'],
    build: (b) =>
      b
        .stream('left', texts)
        .join(b.stream('right', texts), slash, JoinWindows.ofTimeDifferenceAndGrace('8s', '5s'), joined)
        .to('out', texts),
  },
  'join-left': {
    inputs: both,
    outputs: ['out'],
    build: (b) =>
      b
        .stream('left', texts)
        .leftJoin(b.stream('right', texts), slash, JoinWindows.ofTimeDifferenceWithNoGrace('6s'))
        .to('out', texts),
  },
  'join-outer': {
    inputs: both,
    outputs: ['out'],
    build: (b) =>
      b
        .stream('left', texts)
        .outerJoin(b.stream('right', texts), slash, JoinWindows.ofTimeDifferenceAndGrace('3s', '20s'))
        .to('out', texts),
  },
  'join-asymmetric': {
    inputs: both,
    outputs: [
      'out',
      'before',
      '=test-named-this-join-store-changelog',
      '=test-named-outer-other-join-store-changelog',
      '=test-named-left-shared-join-store-changelog',
    ],
    build(b) {
      const left = b.stream('left', texts);
      const right = b.stream('right', texts);
      const short = JoinWindows.ofTimeDifferenceAndGrace(0, '100s').after('5s');
      left
        .leftJoin(right, (x, y, k) => `${k}${slash(x, y)}`, short, { ...joined, name: 'j', store: 'named' })
        .to('out', texts);
      const earlier = JoinWindows.ofTimeDifferenceWithNoGrace('12s').after(-4_000);
      left.outerJoin(right, slash, earlier).to('before', texts);
    },
  },
  'join-self': {
    inputs: ['in'],
    outputs: ['out'],
    build(b) {
      const s = b.stream('in', texts);
      s.join(s, slash, JoinWindows.ofTimeDifferenceAndGrace('8s', '5s')).to('out', texts);
    },
  },
  'join-repartitioned': {
    inputs: both,
    outputs: ['out'],
    build(b) {
      const left = b.stream('left', texts).selectKey((k, v) => v ?? k);
      const right = b.stream('right', texts).map((k, v) => [v, k] as const);
      left.leftJoin(right, slash, JoinWindows.ofTimeDifferenceWithNoGrace('6s'), joined).to('out', texts);
    },
  },
  'suppress-time': {
    inputs: ['in'],
    outputs: ['out', 'small', '=test-held-store-changelog'],
    build(b) {
      const t = b
        .stream('in', texts)
        .groupByKey()
        .reduce((_, y) => (y === 'v1' ? null : y), { store: 'rows', ...texts });
      t.suppress(Suppressed.untilTimeLimit('20s', { name: 'held' }))
        .toStream()
        .to('out');
      t.suppress(Suppressed.untilTimeLimit('60s', { maxRecords: 2, whenFull: 'emit' }))
        .toStream()
        .to('small');
    },
  },
  'suppress-close': {
    inputs: ['in'],
    outputs: ['windows', 'sessions', '=test-final-store-changelog'],
    build(b) {
      const g = b.stream('in', texts).groupByKey();
      g.windowedBy(TimeWindows.ofSizeAndGrace('10s', '15s'))
        .reduce(last, { store: 'w', ...texts })
        .suppress(Suppressed.untilWindowCloses({ name: 'final' }))
        .toStream()
        .to('windows');
      g.windowedBy(SessionWindows.ofInactivityGapAndGrace('4s', '6s'))
        .reduce(last, { store: 's', ...texts })
        .suppress(Suppressed.untilWindowCloses())
        .toStream()
        .to('sessions');
    },
  },
  'suppress-chain': {
    inputs: ['in'],
    outputs: ['out'],
    build(b) {
      const t = b
        .stream('in', texts)
        .groupByKey()
        .reduce(last, { store: 'rows', ...texts })
        .filter((_, v) => v < 'v5')
        .suppress(Suppressed.untilTimeLimit('10s', { maxBytes: 300, whenFull: 'emit' }));
      t.groupBy((k, v) => [v, k] as const, texts)
        .reduce(join, (x, y) => x.replace(y, ''), { store: 'by-value', ...texts })
        .toStream()
        .to('out', texts);
    },
  },
  cogroup: {
    inputs: both,
    outputs: ['out', 'windows', 'sessions', 'sliding', '=test-both-changelog'],
    build(b) {
      const left = b.stream('left', texts).groupByKey();
      const right = b.stream('right', texts).groupBy((k) => k, texts);
      const c = left
        .cogroup<string>((_, v, x) => `${x}<${v}`)
        .cogroup(right, (_, v, x) => (v === 'v4' ? null : `${x.slice(0, 9)}>${v}`));
      const dot = () => '.';
      c.aggregate(dot, { store: 'both', ...texts })
        .toStream()
        .to('out');
      c.windowedBy(TimeWindows.ofSizeAndGrace('20s', '5s'))
        .aggregate(dot, { store: 'cw', ...texts })
        .toStream()
        .to('windows');
      c.windowedBy(SessionWindows.ofInactivityGapAndGrace('4s', '9s'))
        .aggregate(dot, (_, x, y) => `${x}|${y}`, { store: 'cs', ...texts })
        .toStream()
        .to('sessions');
      c.windowedBy(SlidingWindows.ofTimeDifferenceAndGrace('6s', '9s'))
        .aggregate(dot, { store: 'cd', ...texts })
        .toStream()
        .to('sliding');
    },
  },
  'emit-final': {
    inputs: ['in'],
    outputs: ['tumbling', 'hopping', 'sessions', 'sliding', '=test-t-changelog'],
    build(b) {
      const g = b.stream('in', texts).groupByKey();
      g.windowedBy(TimeWindows.ofSizeAndGrace('10s', '15s'))
        .emitStrategy('on-window-close')
        .reduce(join, { store: 't', ...texts })
        .toStream()
        .to('tumbling');
      g.windowedBy(TimeWindows.ofSizeWithNoGrace('9s').advanceBy('3s'))
        .emitStrategy('on-window-close')
        .reduce(join, { store: 'h', ...texts })
        .toStream()
        .to('hopping');
      g.windowedBy(SessionWindows.ofInactivityGapAndGrace('6s', '10s'))
        .emitStrategy('on-window-close')
        .reduce(join, { store: 's', ...texts })
        .toStream()
        .to('sessions');
      g.windowedBy(SlidingWindows.ofTimeDifferenceAndGrace('7s', '8s'))
        .emitStrategy('on-window-close')
        .reduce(join, { store: 'd', ...texts })
        .toStream()
        .to('sliding');
    },
  },
};

replaySuite(golden, replays);
