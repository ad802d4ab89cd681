import { parseArgs } from 'node:util';
import { brokerAddress, commandLine, wholeNumber } from '@nagare/example-kit';

export const help = `Orders become shipments: a stream application with its broker.

Usage: pnpm start [-- OPTIONS]

Options
  --orders FILE       orders to ship, CSV with the header
                      orderId,customerId,sku,quantity,unitPrice,orderedAt
                      (RFC 4180; - reads standard input). Without it, orders
                      are made up.
  --count N           how many orders to make up (default 20000)
  --seed N            what they are made from (default 1)
  --chaos             kill the application while it runs, five times
  --broker HOST:PORT  use this Kafka instead of a broker in this process
  --keep              keep the topics on that Kafka after the run
  --help              show this

What happens: lines of orders are validated (broken ones go to a dead-letter
topic with line and reason), joined with their customer, given stock, and
shipped; revenue is added up by the minute. At the end the topics are read back
and compared with the input: lost and duplicated are counted there.
`;

export interface Options {
  readonly orders: string | undefined;
  readonly count: number;
  readonly seed: number;
  readonly chaos: boolean;
  readonly broker: string | undefined;
  readonly keep: boolean;
  readonly help: boolean;
}

/** Reads the command line. @throws {UsageError} In one line, for the person at the terminal. */
export function parseOptions(args: readonly string[]): Options {
  const { count, seed, broker, ...rest } = commandLine(() => parseArgs({ args: [...args], options: flags })).values;
  return {
    ...rest,
    orders: rest.orders,
    count: wholeNumber('--count', count, 1),
    seed: wholeNumber('--seed', seed, 0),
    broker: broker === undefined ? undefined : brokerAddress('--broker', broker),
  };
}

const flags = {
  orders: { type: 'string' },
  count: { type: 'string', default: '20000' },
  seed: { type: 'string', default: '1' },
  chaos: { type: 'boolean', default: false },
  broker: { type: 'string' },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
