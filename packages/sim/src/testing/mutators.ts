import type { AnomalyName } from '../checkers/anomaly.ts';
import type { HistoryEvent, Key, MicroOperation, Offset, Value } from '../history/event.ts';

/** Plants an anomaly into a valid history in place; false when there is no room for it. `pick` chooses among places. */
export type Mutator = (history: HistoryEvent[], pick: (count: number) => number) => boolean;

type Reads = Record<string, [Offset, Value][]>;
interface Poll {
  readonly event: HistoryEvent;
  readonly reads: Reads;
}

/** A mutator for each anomaly that a history alone can show. */
export const mutators: Readonly<Partial<Record<AnomalyName, Mutator>>> = {
  phantom: (history, pick) => changeRead(history, pick, () => 999_999),
  'inconsistent-offsets': (history, pick) => changeRead(history, pick, (value) => anotherValue(history, value)),
  duplicate: (history, pick) => appendRead(history, pick, chosen(committedValues(history), pick)),
  G1a: (history, pick) => appendRead(history, pick, chosen(failedValues(history), pick)),
  'precommitted-read': readOwnWrite,
  'lost-write': (history, pick) => loseRead(history, pick, { isLast: false }),
  unseen: (history, pick) => loseRead(history, pick, { isLast: true }),
  'int-poll-skip': skipWithin,
  'int-nonmonotonic-poll': swapWithin,
  'poll-skip': (history, pick) => changeSecondPoll(history, pick, (reads) => reads.length > 1 && reads.shift()),
  'nonmonotonic-poll': (history, pick) =>
    changeSecondPoll(history, pick, (reads, before) => {
      reads.unshift(before.at(-1) as [Offset, Value]);
    }),
  'int-nonmonotonic-send': swapSendsWithin,
  'nonmonotonic-send': (history, pick) => swapSends(history, pick, { isOneProcess: true }),
  'realtime-order': (history, pick) => swapSends(history, pick, { isOneProcess: false }),
  'nonmonotonic-ends': lowerEnd,
  'G1c-realtime': readTooEarly,
  G1c: readEachOther,
};

function chosen<T>(list: readonly T[], pick: (count: number) => number): T | undefined {
  return list.length === 0 ? undefined : list[pick(list.length)];
}

function pollsIn(history: readonly HistoryEvent[]): Poll[] {
  return history.flatMap((event) => {
    if (event.f !== 'poll' || event.type !== 'ok') return [];
    return (event.mops ?? []).flatMap((mop) => (mop[0] === 'poll' ? [{ event, reads: mop[1] as Reads }] : []));
  });
}

function readsIn(history: readonly HistoryEvent[]): { poll: Poll; key: string; place: number }[] {
  return pollsIn(history).flatMap((poll) =>
    Object.entries(poll.reads).flatMap(([key, reads]) => reads.map((_, place) => ({ poll, key, place }))),
  );
}

function sendsIn(event: HistoryEvent): { key: Key; value: Value; offset: Offset | null }[] {
  return (event.mops ?? []).flatMap((mop) => {
    if (mop[0] !== 'send') return [];
    const [, key, sent] = mop;
    return typeof sent === 'number' ? [{ key, value: sent, offset: null }] : [{ key, value: sent[1], offset: sent[0] }];
  });
}

function committedValues(history: readonly HistoryEvent[]): { key: Key; value: Value }[] {
  return history.filter(({ type }) => type === 'ok').flatMap(sendsIn);
}

/** What can be changed and be noticed: of another record the one who read it may be the only witness. */
function acknowledgedIn(history: readonly HistoryEvent[]): ReadonlySet<Value> {
  return new Set(committedValues(history).map(({ value }) => value));
}

function failedValues(history: readonly HistoryEvent[]): { key: Key; value: Value }[] {
  return history.filter(({ type }) => type === 'fail').flatMap(sendsIn);
}

function anotherValue(history: readonly HistoryEvent[], value: Value): Value {
  return committedValues(history).find((each) => each.value !== value)?.value ?? value;
}

/** Only final readers: what they found was found by all of them, so that one that differs contradicts the others. */
function changeRead(history: HistoryEvent[], pick: (count: number) => number, to: (value: Value) => Value): boolean {
  const acknowledged = acknowledgedIn(history);
  const read = chosen(
    readsIn(history).filter(({ poll, key, place }) => acknowledged.has(poll.reads[key]?.[place]?.[1] as Value)),
    pick,
  );
  const place = read?.poll.reads[read.key]?.[read.place];
  if (place === undefined || to(place[1]) === place[1]) return false;
  place[1] = to(place[1]);
  return true;
}

/** Lets the last reader find a value behind everything else. */
function appendRead(
  history: HistoryEvent[],
  _pick: (count: number) => number,
  write: { readonly key: Key; readonly value: Value } | undefined,
): boolean {
  const last = pollsIn(history).at(-1);
  if (write === undefined || last === undefined) return false;
  last.reads[write.key] = [...(last.reads[write.key] ?? []), [10_000, write.value]];
  return true;
}

function readOwnWrite(history: HistoryEvent[], pick: (count: number) => number): boolean {
  const event = chosen(
    history.filter(({ f, type }) => f === 'txn' && type === 'ok'),
    pick,
  );
  const own = event === undefined ? undefined : sendsIn(event)[0];
  if (event === undefined || own === undefined) return false;
  const poll: MicroOperation = ['poll', { [own.key]: [[own.offset ?? 0, own.value]] }];
  return replaceMops(history, event, [...(event.mops ?? []), poll]);
}

function loseRead(
  history: HistoryEvent[],
  pick: (count: number) => number,
  { isLast }: { readonly isLast: boolean },
): boolean {
  const last = lastOffsets(history);
  const candidates = history
    .filter(({ type }) => type === 'ok')
    .flatMap(sendsIn)
    .filter(({ key, offset }) => (offset === last.get(key)) === isLast);
  const lost = chosen(candidates, pick);
  if (lost === undefined) return false;
  for (const { reads } of pollsIn(history)) {
    reads[lost.key] = (reads[lost.key] ?? []).filter(([, value]) => value !== lost.value);
  }
  return true;
}

function lastOffsets(history: readonly HistoryEvent[]): Map<Key, Offset> {
  const last = new Map<Key, Offset>();
  for (const { reads } of pollsIn(history)) {
    for (const [key, found] of Object.entries(reads)) {
      for (const [offset] of found) last.set(Number(key), Math.max(offset, last.get(Number(key)) ?? -1));
    }
  }
  return last;
}

function skipWithin(history: HistoryEvent[], pick: (count: number) => number): boolean {
  const acknowledged = acknowledgedIn(history);
  const between = pollsIn(history).flatMap(({ reads }) =>
    Object.values(reads).flatMap((list) => {
      const inner = [...list.keys()].slice(1, -1);
      return inner.filter((place) => acknowledged.has(list[place]?.[1] as Value)).map((place) => ({ list, place }));
    }),
  );
  const skipped = chosen(between, pick);
  skipped?.list.splice(skipped.place, 1);
  return skipped !== undefined;
}

function swapWithin(history: HistoryEvent[], pick: (count: number) => number): boolean {
  const long = pollsIn(history).flatMap(({ reads }) => Object.values(reads).filter(({ length }) => length > 1));
  const reads = chosen(long, pick);
  if (reads === undefined) return false;
  const place = pick(reads.length - 1);
  [reads[place], reads[place + 1]] = [reads[place + 1] as [number, number], reads[place] as [number, number]];
  return true;
}

function changeSecondPoll(
  history: HistoryEvent[],
  pick: (count: number) => number,
  change: (reads: [Offset, Value][], before: readonly [Offset, Value][]) => unknown,
): boolean {
  const polls = pollsIn(history);
  const pairs = polls.flatMap((poll, place) =>
    Object.entries(poll.reads).flatMap(([key, reads]) => {
      const earlier = polls.slice(0, place).filter(({ event }) => event.proc === poll.event.proc);
      const before = earlier.findLast((each) => (each.reads[key] ?? []).length > 0)?.reads[key];
      return before === undefined || reads.length < 2 ? [] : [{ reads, before }];
    }),
  );
  const pair = chosen(pairs, pick);
  if (pair !== undefined) change(pair.reads, pair.before);
  return pair !== undefined;
}

function swapSendsWithin(history: HistoryEvent[], pick: (count: number) => number): boolean {
  const candidates = history.filter((event) => {
    const keys = event.type === 'ok' ? sendsIn(event).map(({ key }) => key) : [];
    return new Set(keys).size < keys.length;
  });
  const event = chosen(candidates, pick);
  return event !== undefined && replaceMops(history, event, [...(event.mops ?? [])].reverse());
}

/** Exchanges what two operations sent to a key, one of which had ended when the other began. */
function swapSends(
  history: HistoryEvent[],
  pick: (count: number) => number,
  { isOneProcess }: { readonly isOneProcess: boolean },
): boolean {
  const ends = history.filter((event) => event.type === 'ok' && sendsIn(event).length > 0);
  const pairs = ends.flatMap((first) =>
    ends
      .filter((second) => startOf(history, second).i > first.i && (second.proc === first.proc) === isOneProcess)
      .filter((second) => sendsIn(second).some(({ key }) => sendsIn(first).some((sent) => sent.key === key)))
      .map((second) => [first, second] as const),
  );
  const pair = chosen(pairs, pick);
  if (pair === undefined) return false;
  const [first, second] = pair.map((event) => event.mops ?? []) as [
    readonly MicroOperation[],
    readonly MicroOperation[],
  ];
  replaceMops(history, pair[0], second);
  return replaceMops(history, pair[1], first);
}

function lowerEnd(history: HistoryEvent[], pick: (count: number) => number): boolean {
  const listed = history.filter(({ f, type }) => f === 'listOffsets' && type === 'ok');
  const candidates = listed.flatMap((event) => {
    const acknowledged = history
      .filter(({ i, type }) => type === 'ok' && i < startOf(history, event).i)
      .flatMap(sendsIn);
    return acknowledged.map(({ key, offset }) => ({ event, key, offset: offset as Offset }));
  });
  const low = chosen(candidates, pick);
  if (low === undefined) return false;
  return replaceMops(history, low.event, [['ends', { [low.key]: { latest: low.offset, stable: low.offset } }]]);
}

/** A process reads a value before anybody has sent it. */
function readTooEarly(history: HistoryEvent[], pick: (count: number) => number): boolean {
  const end = chosen(
    history.filter((event) => event.type === 'ok' && sendsIn(event).length > 0),
    pick,
  );
  const sent = end === undefined ? undefined : sendsIn(end)[0];
  if (sent === undefined) return false;
  const poll = { t: 0, proc: 0, f: 'poll' } as const;
  history.unshift(
    { ...poll, i: -2, type: 'invoke' },
    { ...poll, i: -1, type: 'ok', mops: [['poll', { [sent.key]: [[sent.offset ?? 0, sent.value]] }]] },
  );
  return true;
}

/** Two operations each read what the other sent. */
function readEachOther(history: HistoryEvent[], pick: (count: number) => number): boolean {
  const ends = history.filter((event) => event.type === 'ok' && sendsIn(event).length > 0);
  const first = chosen(ends, pick);
  const second = chosen(
    ends.filter((event) => event !== first),
    pick,
  );
  if (first === undefined || second === undefined) return false;
  for (const [reader, writer] of [
    [first, second],
    [second, first],
  ] as const) {
    const sent = sendsIn(writer)[0] as { key: Key; value: Value; offset: Offset };
    const poll: MicroOperation = ['poll', { [sent.key]: [[sent.offset, sent.value]] }];
    replaceMops(history, reader, [...(reader.mops ?? []).filter(([name]) => name === 'send'), poll]);
  }
  return true;
}

function startOf(history: readonly HistoryEvent[], end: HistoryEvent): HistoryEvent {
  return history.findLast(({ i, proc, type }) => i < end.i && proc === end.proc && type === 'invoke') as HistoryEvent;
}

function replaceMops(history: HistoryEvent[], event: HistoryEvent, mops: readonly MicroOperation[]): true {
  history[history.findIndex(({ i }) => i === event.i)] = { ...event, mops };
  return true;
}
