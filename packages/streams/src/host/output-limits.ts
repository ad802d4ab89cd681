import type { Log, Platform } from '@nagare/base';
import type { OutputRecord } from '../core/output.ts';
import { StreamsError } from '../errors.ts';
import type { Topology } from '../topology/topology.ts';
import type { StreamsAdmin } from './streams-client.ts';

/** How long the start of an application waits for the settings of topics: of one that does not exist yet none are told for long. */
const learningMsMax = 1_000;

/** What our producers send in one request at most: the default of the client. */
export const requestBytesMax = 1_048_576;

/** The settings of a topic by which its broker refuses records. */
const settings = {
  bytes: 'max.message.bytes',
  policy: 'cleanup.policy',
  timestamps: 'message.timestamp.type',
  before: 'message.timestamp.before.max.ms',
  after: 'message.timestamp.after.max.ms',
} as const;

interface TopicLimits {
  readonly bytesMax: number;
  readonly needsKey: boolean;
  readonly beforeMsMax: number;
  readonly afterMsMax: number;
}

/** A batch's header, and what a record in it takes beside its key, value and headers: at least, and at most. */
const overheadBytes = { least: 61 + 7, most: 61 + 40 };
const headerOverheadBytesMax = 10;

/**
 * Knows what topics would refuse, so that a handler can be asked about a record before it is part of a batch or transaction: there it could
 * not be taken out any more.
 */
export class OutputLimits {
  readonly #clock: Platform['clock'];
  readonly #limits: ReadonlyMap<string, TopicLimits>;

  private constructor(clock: Platform['clock'], limits: ReadonlyMap<string, TopicLimits>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Asks for the settings of the topics that a topology names. What cannot be learnt is not checked. */
  static async learn(
    topology: Topology,
    parts: { admin: StreamsAdmin; topicName: (name: string) => string; platform: Platform; log: Log },
  ): Promise<OutputLimits> {
    const { admin, topicName, platform, log } = parts;
    const sinks = topology.subTopologies.flatMap((part) => part.sinks);
    const topics = new Set(sinks.flatMap(({ topic }) => (typeof topic === 'string' ? [topicName(topic)] : [])));
    const limits = new Map<string, TopicLimits>();
    const names = Object.values(settings);
    const learn = async (topic: string) => {
      const resources = [{ type: 'topic' as const, name: topic, names }];
      const [description] = await admin.describeConfigs({ resources });
      const values = new Map((description?.entries ?? []).map(({ name, value }) => [name, value ?? undefined]));
      limits.set(topic, limitsOf(values));
    };
    const quietly = (topic: string) =>
      learn(topic).catch((error: unknown) => log.info('streams.limits-unknown', { topic, error }));
    const all = Promise.all(Array.from(topics, quietly));
    await new Promise<void>((resolve) => {
      const timer = platform.timers.after(learningMsMax, resolve);
      void all.then(() => {
        timer.cancel();
        resolve();
      });
    });
    return new OutputLimits(platform.clock, limits);
  }

  /** Why a record would be refused, or undefined. */
  readonly refusalOf = (record: OutputRecord): StreamsError | undefined => {
    const reason = this.#reason(record, this.#limits.get(record.topic));
    return reason === undefined
      ? undefined
      : new StreamsError('NAGARE_STREAMS_RECORD_REFUSED', `${record.topic}: ${reason}`);
  };

  #reason(record: OutputRecord, limits: TopicLimits | undefined): string | undefined {
    const bytes = bytesOf(record);
    const most = bytes + overheadBytes.most + headerOverheadBytesMax * record.headers.length;
    if (most > requestBytesMax) return `${most} bytes, a request may have ${requestBytesMax}`;
    if (limits === undefined) return undefined;
    const least = bytes + overheadBytes.least;
    if (least > limits.bytesMax) return `${least} bytes, ${settings.bytes} is ${limits.bytesMax}`;
    if (limits.needsKey && record.key === null) return `a record without a key, ${settings.policy} is compact`;
    const ageMs = this.#clock.nowMs() - record.timestamp;
    if (ageMs > limits.beforeMsMax) return `${ageMs} ms old, ${settings.before} is ${limits.beforeMsMax}`;
    if (-ageMs > limits.afterMsMax) return `${-ageMs} ms ahead, ${settings.after} is ${limits.afterMsMax}`;
    return undefined;
  }
}

function limitsOf(values: ReadonlyMap<string, string | undefined>): TopicLimits {
  const number = (name: string) => Number(values.get(name) ?? Number.POSITIVE_INFINITY);
  const areOurs = values.get(settings.timestamps) !== 'LogAppendTime';
  return {
    bytesMax: number(settings.bytes),
    needsKey: (values.get(settings.policy) ?? '').split(',').includes('compact'),
    beforeMsMax: areOurs ? number(settings.before) : Number.POSITIVE_INFINITY,
    afterMsMax: areOurs ? number(settings.after) : Number.POSITIVE_INFINITY,
  };
}

function bytesOf({ key, value, headers }: OutputRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) bytes += Buffer.byteLength(header.key) + (header.value?.length ?? 0);
  return bytes;
}
