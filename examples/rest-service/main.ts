import type { Producer } from '@nagare/client';
import { drained, runOnStage, type Stage, table } from '@nagare/example-kit';
import { owners, payments } from './payments.ts';
import { events, get, type Instance, shared, startInstance } from './service.ts';
import { type Balance, paymentSerde, stores, type Topics, topicsOf } from './topology.ts';

const does = 'Keeps balances in two instances, and answers for each account from either of them.';
const partitions = 4;

await runOnStage({ name: 'rest-service', does }, async (stage, signal) => {
  const topics = topicsOf(stage.prefix);
  // Payments bear the time at which they were made, which may be years ago: brokers would delete them as expired.
  const topic = { topic: topics.payments, numPartitions: partitions, configEntries: { 'retention.ms': '-1' } };
  await stage.admin.createTopics({ topics: [topic] });
  await using producer = stage.client.producer({ signal });
  await producer.send({
    topic: topics.payments,
    messages: payments(1).map(({ account, cents, madeAtMs }) => paymentOf(topics, account, cents, madeAtMs)),
  });

  const { applicationId, brokers } = stage;
  const config = { applicationId, brokers, commitIntervalMs: 100 };
  await using first = await startInstance(topics, config);
  await using second = await startInstance(topics, config);
  await shared([first, second], partitions, signal);
  await processed(stage, topics, first, signal);

  const answers = [await balances(first), await balances(second)];
  const path = `/stores/${stores.balances}/keys/alice`;
  const answer = `GET ${path}\n${JSON.stringify(await get(first, path))}`;
  const change = await nextChange(first, 'alice', () => pay(producer, topics));
  await second[Symbol.asyncDispose]();
  await shared([first], partitions, signal);
  answers.push(await balances(first));
  return [balanceTable(answers), answer, change].join('\n\n');
});

function paymentOf(topics: Topics, account: string, cents: number, timestamp: number) {
  return { key: account, value: paymentSerde.serialize(topics.payments, { cents }), timestamp };
}

async function pay(producer: Producer, topics: Topics): Promise<void> {
  const message = paymentOf(topics, 'alice', 100_00, Date.UTC(2025, 6, 1, 15));
  await producer.send({ topic: topics.payments, messages: [message] });
}

async function processed(stage: Stage, topics: Topics, { streams }: Instance, signal: AbortSignal): Promise<void> {
  await drained(stage, streams, { inputs: [topics.payments], outputs: [], feed: async () => undefined, signal });
}

/** The balances of all accounts, asked of one instance one by one. */
async function balances(instance: Instance): Promise<string[]> {
  const rows = owners.map(async (owner) => {
    const { value } = (await get(instance, `/stores/${stores.balances}/keys/${owner}`)) as { readonly value: Balance };
    return (value.cents / 100).toFixed(2);
  });
  return Promise.all(rows);
}

function balanceTable(answers: readonly (readonly string[])[]): string {
  const rows = owners.map((owner, at) => [owner, ...answers.map((answer) => answer[at] as string)]);
  return table(['account', 'from the first', 'from the second', 'when one has left'], rows);
}

/** Listens where an account is, has something happen to it, and tells what came. */
async function nextChange({ streams }: Instance, account: string, happen: () => Promise<void>): Promise<string> {
  const { activeHost } = streams.queryMetadataForKey(stores.balances, account);
  const path = `/stores/${stores.balances}/changes?key=${account}`;
  const end = new AbortController();
  for await (const data of events(`http://${activeHost}${path}`, end.signal)) {
    if (data === '') await happen();
    else return `GET ${path}\n${data}`;
  }
  throw new Error('The changes have ended');
}
