import { int64, sessionWindowed, string, windowed } from '@nagare/serdes';
import {
  JoinWindows,
  type KGroupedStream,
  SessionWindows,
  StreamsBuilder,
  Suppressed,
  TimeWindows,
  type Topology,
} from '@nagare/streams';

const texts = { key: string, value: string };
const windows = { key: windowed(string, 10_000), value: int64 };

/** The topics that the application reads, without the prefix. */
export const inputs = ['events', 'clicks', 'profiles', 'balances', 'places'] as const;

/** The topics that it writes. */
export const outputs = [
  ...['letters', 'tumbling', 'closed', 'hopping', 'sessions'],
  ...['enriched', 'both', 'home', 'near'],
] as const;

/** What Handover.java builds, by the same calls: stores and topics are named, so they are the same ones. */
export function topology(prefix: string): Topology {
  const builder = new StreamsBuilder();
  const events = builder.stream(`${prefix}events`, texts);
  const clicks = builder.stream(`${prefix}clicks`, texts);
  const table = (name: string) => builder.table(prefix + name, { ...texts, store: name });
  const [profiles, balances, places] = [table('profiles'), table('balances'), table('places')];
  events
    .groupBy((_key, value) => value.slice(0, 1), { ...texts, name: 'by-letter' })
    .count({ store: 'letters' })
    .toStream()
    .to(`${prefix}letters`, { value: int64 });
  countInWindows(prefix, events.groupByKey(texts));
  events.join(profiles, (event, profile) => `${event}/${profile}`).to(`${prefix}enriched`, texts);
  profiles
    .leftJoin(balances, (profile, balance) => `${profile}/${balance}`, { ...texts, store: 'both' })
    .toStream()
    .to(`${prefix}both`, texts);
  profiles
    .joinForeign(
      places,
      (profile) => profile.slice(0, 2),
      (profile, place) => `${profile}/${place}`,
      { ...texts, name: 'home', store: 'home' },
    )
    .toStream()
    .to(`${prefix}home`, texts);
  events
    .leftJoin(clicks, (event, click) => `${event}/${click}`, JoinWindows.ofTimeDifferenceAndGrace('2s', '1s'), {
      ...texts,
      otherValue: string,
      name: 'near',
      store: 'near',
    })
    .to(`${prefix}near`, texts);
  return builder.build();
}

function countInWindows(prefix: string, events: KGroupedStream<string, string>): void {
  const tumbling = TimeWindows.ofSizeAndGrace('10s', '5s');
  events.windowedBy(tumbling).count({ store: 'tumbling' }).toStream().to(`${prefix}tumbling`, windows);
  const closing = events.windowedBy(tumbling).emitStrategy('on-window-close');
  closing.count({ store: 'closed' }).toStream().to(`${prefix}closed`, windows);
  events
    .windowedBy(TimeWindows.ofSizeAndGrace('10s', '2s').advanceBy('5s'))
    .count({ store: 'hopping' })
    .suppress(Suppressed.untilWindowCloses({ name: 'held' }))
    .toStream()
    .to(`${prefix}hopping`, windows);
  events
    .windowedBy(SessionWindows.ofInactivityGapAndGrace('3s', '5s'))
    .reduce((old, value) => old + value, { store: 'sessions' })
    .toStream()
    .to(`${prefix}sessions`, { key: sessionWindowed(string), value: string });
}
