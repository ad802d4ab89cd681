import { parseArgs } from 'node:util';

export const help = `Orders become shipments: a stream application with its broker.

Usage: pnpm start [-- OPTIONS]

Options
  --orders FILE       orders to ship, CSV with the header
                      orderId,customerId,sku,quantity,unitPrice,orderedAt
                      (RFC 4180; - reads standard input). Without it, orders
                      are made up.
  --count N           how many orders to make up (default 20000)
  --seed N            what they are made from (default 1)
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
  readonly broker: string | undefined;
  readonly keep: boolean;
  readonly help: boolean;
}

/** A mistake in the command line or in the input, told in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads the command line. */
export function parseOptions(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      // A package manager may hand over its own separator.
      args: args.filter((argument) => argument !== '--'),
      options: {
        orders: { type: 'string' },
        count: { type: 'string', default: '20000' },
        seed: { type: 'string', default: '1' },
        broker: { type: 'string' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return {
      orders: values.orders,
      count: wholeNumber('--count', values.count, 1),
      seed: wholeNumber('--seed', values.seed, 0),
      broker: values.broker === undefined ? undefined : brokerAddress(values.broker),
      keep: values.keep,
      help: values.help,
    };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message.split('\n')[0]);
  }
}

function wholeNumber(flag: string, text: string, min: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min || value > 100_000_000) {
    throw new UsageError(`${flag} must be a whole number from ${min} to 100000000, got ${text}`);
  }
  return value;
}

function brokerAddress(text: string): string {
  if (!/^.+:\d{1,5}$/.test(text)) throw new UsageError(`--broker must be HOST:PORT, got ${text}`);
  return text;
}
