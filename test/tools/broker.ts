import { startKafka } from './kafka.ts';
import { startNagare } from './nagare.ts';

/** The brokers that the outside tests run against. */
export type Product = 'kafka' | 'nagare';

/** How a broker under test is started. */
export interface BrokerOptions {
  /** Where it keeps its log directories; made when missing, and taken over when a broker ran there before. */
  readonly dataDirectory: string;
  /** A loopback port; a free one when it is not given. */
  readonly port?: number;
  /** Settings by Kafka's names, over the ones that make a single broker quick to test. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A broker in a process of its own, listening on loopback. */
export interface RunningBroker extends AsyncDisposable {
  readonly product: Product;
  /** `127.0.0.1:port`. */
  readonly bootstrap: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly pid: number;
  /** From the start of the process to its first answer over TCP, in milliseconds. */
  readonly startedInMs: number;
  /** The last lines of what it said. */
  tail(): string;
  /** Ends it with SIGTERM and waits until it has ended. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
}

/** The product that `NAGARE_AGAINST` names; our own when it is not set. */
export function productUnderTest(): Product {
  const name = process.env.NAGARE_AGAINST ?? 'nagare';
  if (name === 'kafka' || name === 'nagare') return name;
  throw new RangeError(`NAGARE_AGAINST is '${name}': it must be kafka or nagare`);
}

/** Starts a broker and resolves when it answers. */
export function startBroker(product: Product, options: BrokerOptions): Promise<RunningBroker> {
  return product === 'kafka' ? startKafka(options) : startNagare(options);
}

/** Settings that let one broker serve tests without waiting for others. */
export const singleBrokerSettings: Readonly<Record<string, string>> = {
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '4',
};
