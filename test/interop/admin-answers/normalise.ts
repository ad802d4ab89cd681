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
  logAppendTimeMs: (value) => Number(value) > 0,
  batchIndexErrorMessage: (value) => value !== null,
  producerId: (value) => (Number(value) < 0 ? value : 'id'),
  // One that a broker has made up.
  memberId: (value) => (String(value).length > 30 ? 'member' : value),
  sessionId: (value) => (value === 0 ? 0 : 'session'),
  records: (value) => (Buffer.isBuffer(value) ? value.toString('hex') : value),
};

export interface NormaliseOptions {
  /** Whether the words with which something is refused are compared as well as its code. */
  readonly hasWords: boolean;
}

/** An answer in the form in which two brokers' answers are equal: lists in one order, ids as names. */
export function normalise(answer: unknown, known: Known, { hasWords }: NormaliseOptions): unknown {
  const visit = (value: unknown, key = ''): unknown => {
    if (key === 'errorMessage' && !hasWords) return 'words';
    if (Object.hasOwn(ownFields, key)) return ownFields[key]?.(value);
    if (typeof value === 'string') return known.topicNames.get(value) ?? value;
    if (Array.isArray(value)) return value.map((each) => visit(each)).sort(byText);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries({ ...value, ...ownOf(value) }).map(([name, each]) => [name, visit(each, name)]),
    );
  };
  return visit(answer);
}

/** What brokers have of their own in some objects alone. */
function ownOf(value: object): object {
  // The metadata logs of two brokers have other lengths.
  if ('currentVoters' in value) return { highWatermark: 'offset' };
  // Kafka tells where the log of a refused batch begins with some errors and not with others.
  const isRefused = 'recordErrors' in value && 'errorCode' in value && value.errorCode !== 0;
  return isRefused ? { logStartOffset: 'offset' } : {};
}

/** Which of two values comes first, whatever order a broker keeps them in. */
function byText(a: unknown, b: unknown): number {
  const [one, other] = [JSON.stringify(a) ?? '', JSON.stringify(b) ?? ''];
  return one < other ? -1 : Number(one > other);
}
