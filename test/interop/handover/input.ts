import type { inputs } from './topology.ts';

/** A record of an input topic. */
export interface InputRecord {
  readonly topic: (typeof inputs)[number];
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
}

const keys = Array.from({ length: 8 }, (_, index) => `user-${index}`);
const recordsPerPart = 250;
/** Up to how late a record may be: some come too late for every window. */
const latenessMs = 25_000;

/**
 * Makes the parts of an input, the same ones for a seed.
 *
 * No two records have a timestamp in common, so that the order of records of several topics is decided. Each part begins
 * with records that are not late, one for each key of each stream: Kafka Streams does not know after a restart how far its
 * windows had come, and would take late ones as if they were none.
 */
export function makeParts(seed: number, count: number): InputRecord[][] {
  const below = random(seed);
  const taken = new Set<number>();
  let nowMs = startMs();
  const free = (timestamp: number): number => {
    let at = timestamp;
    while (taken.has(at)) at -= 1;
    taken.add(at);
    return at;
  };
  const onTime = () => {
    nowMs += 1 + below(400);
    return free(nowMs);
  };
  const value = () => `${'abcde'.charAt(below(5))}${below(4)}-${below(1_000)}`;
  const somewhere = () => keys[below(keys.length)] as string;
  const change = (): InputRecord => {
    const timestamp = onTime();
    const isGone = below(5) === 0;
    const kind = below(3);
    if (kind === 0)
      return { topic: 'places', key: `${'abcde'.charAt(below(5))}${below(4)}`, value: value(), timestamp };
    return { topic: kind === 1 ? 'profiles' : 'balances', key: somewhere(), value: isGone ? null : value(), timestamp };
  };
  const happening = (): InputRecord => {
    const isLate = below(4) === 0;
    const timestamp = isLate ? free(nowMs - below(latenessMs)) : onTime();
    return { topic: below(3) === 0 ? 'clicks' : 'events', key: somewhere(), value: value(), timestamp };
  };
  return Array.from({ length: count }, () => {
    const first = (['clicks', 'events'] as const).flatMap((topic) =>
      keys.map((key): InputRecord => ({ topic, key, value: value(), timestamp: onTime() })),
    );
    return [...first, ...Array.from({ length: recordsPerPart }, () => (below(4) === 0 ? change() : happening()))];
  });
}

/** Some minutes ago, for brokers delete what is old; a whole number of minutes, for windows to lie the same in each run. */
function startMs(): number {
  return (Math.floor(Date.now() / 60_000) - 10) * 60_000;
}

/** Numbers below a bound, by xorshift. */
function random(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
