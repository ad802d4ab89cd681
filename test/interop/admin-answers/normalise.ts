import type { Known } from './row.ts';

/** What two brokers cannot have in common: who and where they are, and when they were asked. */
const ownFields: Readonly<Record<string, (value: unknown) => unknown>> = {
  clusterId: () => 'cluster',
  logDir: () => 'directory',
  port: () => 'port',
  nodes: () => 'nodes',
  apiKeys: () => 'keys',
  finalizedFeaturesEpoch: () => 'epoch',
  logEndOffset: () => 'offset',
  lastFetchTimestamp: (value) => Number(value) > 0,
  lastCaughtUpTimestamp: (value) => Number(value) > 0,
  totalBytes: () => 'bytes',
  usableBytes: () => 'bytes',
  documentation: (value) => value === null,
  sessionId: (value) => (value === 0 ? 0 : 'session'),
  records: (value) => (Buffer.isBuffer(value) ? value.toString('hex') : value),
};

/** An answer in the form in which two brokers' answers are equal: lists in one order, ids as names. */
export function normalise(answer: unknown, known: Known): unknown {
  const visit = (value: unknown, key = ''): unknown => {
    if (Object.hasOwn(ownFields, key)) return ownFields[key]?.(value);
    if (typeof value === 'string') return known.topicNames.get(value) ?? value;
    if (Array.isArray(value)) return value.map((each) => visit(each)).sort(byText);
    if (value === null || typeof value !== 'object') return value;
    // The metadata logs of two brokers have other lengths.
    const own = 'currentVoters' in value ? { ...value, highWatermark: 'offset' } : value;
    return Object.fromEntries(Object.entries(own).map(([name, each]) => [name, visit(each, name)]));
  };
  return visit(answer);
}

/** Which of two values comes first, whatever order a broker keeps them in. */
function byText(a: unknown, b: unknown): number {
  const [one, other] = [JSON.stringify(a) ?? '', JSON.stringify(b) ?? ''];
  return one < other ? -1 : Number(one > other);
}
