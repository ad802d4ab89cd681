import { drained, Progress, type Stage } from '@nagare/example-kit';
import { application, type Identity } from './application.ts';
import { feedUnderFire, MortalApplication } from './chaos.ts';
import type { CsvRecord } from './csv.ts';
import { feedOrders } from './feed.ts';
import type { Topics } from './topology.ts';

/** The run of an application, from its start until every order is handled. */
export interface Shipping {
  readonly stage: Stage;
  readonly topics: Topics;
  readonly records: readonly CsvRecord[];
  readonly signal: AbortSignal;
}

/** Ships all orders with the application in this process. */
export async function ship(run: Shipping): Promise<void> {
  const { stage, topics, records } = run;
  await using app = application(identityOf(stage));
  await app.start();
  await handled(run, app, (stop, { onSent }) =>
    feedOrders(stage.client, topics.orders, records, { signal: stop, onSent }),
  );
}

/** Ships all orders with the application in a process of its own, which is killed so many times. */
export async function shipUnderFire(run: Shipping, kills: number): Promise<void> {
  const { stage, topics, records } = run;
  await using app = await MortalApplication.start(identityOf(stage));
  await handled(run, app, (stop, { onSent, written }) => {
    const parts = partsOf(records, kills);
    const feeds = parts.map((part, index) => () => {
      const sentBefore = parts.slice(0, index).reduce((sum, { length }) => sum + length, 0);
      const options = { signal: stop, onSent: (count: number) => onSent(sentBefore + count) };
      return feedOrders(stage.client, topics.orders, part, options);
    });
    return feedUnderFire(app, { parts: feeds, written, signal: stop });
  });
}

function identityOf({ brokers, applicationId, prefix }: Stage): Identity {
  return { brokers, applicationId, prefix };
}

/** Sends the orders and waits until all of them are handled. */
async function handled(
  { stage, topics, signal }: Shipping,
  app: { readonly finished: Promise<void> },
  feed: (
    stop: AbortSignal,
    watch: { readonly onSent: (count: number) => void; readonly written: () => number },
  ) => Promise<void>,
): Promise<void> {
  using progress = new Progress();
  let sent = 0;
  let written = 0;
  const onSent = (count: number) => {
    sent = count;
  };
  await drained(stage, app, {
    inputs: [topics.orders, topics.customers, topics.stock],
    outputs: [topics.shipments, topics.rejections, topics.deadLetters],
    feed: (stop) => feed(stop, { onSent, written: () => written }),
    signal,
    onLook: (standing) => {
      written = standing.written;
      progress.show(`${sent.toLocaleString('en-US')} orders sent, ${written.toLocaleString('en-US')} handled`);
    },
  });
}

/** Parts of about the same size. */
function partsOf<T>(all: readonly T[], count: number): (readonly T[])[] {
  const size = Math.ceil(all.length / count);
  return Array.from({ length: count }, (_, part) => all.slice(part * size, (part + 1) * size));
}
