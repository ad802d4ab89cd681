import { type Codec, type FlowApp, flow, SessionWindows, string, TimeWindows } from '@kafkats/flow';
import { lmdb } from '@kafkats/flow-state-lmdb';
import { int64, type Serde, sessionWindowed, string as text, windowed } from '@nagare/serdes';
import type { Topics } from './topologies.ts';

// The application of one run by @kafkats/flow, until SIGTERM. Its arguments are those of StreamsBench.java.

const [brokers = '', applicationId = '', stateDir = '', guarantee = '', row = '', ...topics] = process.argv.slice(2);
const [input = '', table = '', output = ''] = topics;

/** The same bytes as those of the other contenders. */
function codecOf<T>(serde: Serde<T>): Codec<T> {
  return {
    encode: (value) => serde.serialize('', value) as Buffer,
    decode: (bytes) => serde.deserialize('', bytes) as T,
  };
}

const texts = { key: string(), value: string() };
const counts = codecOf(int64);

/** What topologies.ts builds, by the calls that come closest. */
const topologies: Readonly<Record<string, (app: FlowApp, topics: Topics) => void>> = {
  'pass-through': (app, { input, output }) => app.stream(input, texts).to(output, texts),
  // Nothing is sent through a topic by its new key: the counts are right as long as one process reads all partitions.
  'word count': (app, { input, output }) =>
    app
      .stream(input, texts)
      .flatMapValues((line) => (line ?? '').split(' '))
      .groupBy((_key, word) => word ?? '', texts)
      .count({ storeName: 'counts', value: counts })
      .toStream()
      .to(output, { key: string(), value: counts }),
  'tumbling count': (app, { input, output }) =>
    app
      .stream(input, texts)
      .groupByKey()
      .windowedBy(TimeWindows.of('10s'))
      .count({ storeName: 'counts', value: counts })
      .toStream()
      .to(output, { key: codecOf(windowed(text, 10_000)), value: counts }),
  'stream-table join': (app, { input, table, output }) =>
    app
      .stream(input, texts)
      .leftJoin(
        app.table(table, { ...texts, materialized: { storeName: 'rows' } }),
        (value, at: string | null) => `${value}/${at}`,
      )
      .to(output, texts),
  'session windows': (app, { input, output }) =>
    app
      .stream(input, texts)
      .groupByKey()
      .windowedBy(SessionWindows.withInactivityGap('1s'))
      .count({ storeName: 'counts', value: counts })
      .toStream()
      .filter((_key, count) => count !== null)
      .to(output, { key: codecOf(sessionWindowed(text)), value: counts }),
};

const app = flow({
  applicationId,
  client: { brokers: [brokers], clientId: applicationId },
  processingGuarantee: guarantee === 'exactly_once_v2' ? 'exactly_once' : 'at_least_once',
  stateStoreProvider: lmdb({ stateDir }),
  consumer: { autoOffsetReset: 'earliest' },
  // It awaits each record that it sends, so that lingering would only make every one of them wait.
  producer: { lingerMs: 0 },
});
topologies[row]?.(app, { input, table, output });
process.once('SIGTERM', () => void app.close());
await app.start();
