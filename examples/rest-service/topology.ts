import { json, string } from '@nagare/serdes';
import { StreamsBuilder, TimeWindows, type Topology } from '@nagare/streams';

/** Money that came to an account or, if negative, left it. */
export interface Payment {
  readonly cents: number;
}

/** What an account has. */
export interface Balance {
  readonly cents: number;
  readonly payments: number;
}

/** The topics of the pipeline. A prefix keeps the runs on one cluster apart. */
export function topicsOf(prefix: string) {
  /** Payments by account, with the time at which they were made. */
  return { payments: `${prefix}payments` } as const;
}

export type Topics = ReturnType<typeof topicsOf>;

export const paymentSerde = json<Payment>();
export const balanceSerde = json<Balance>();

/** The stores of the pipeline. It writes to no topic: what it knows is asked for. */
export const stores = {
  /** The balance of each account. */
  balances: 'balances',
  /** How many payments each account had, by the hour. */
  hours: 'hours',
} as const;

/** The balance of each account, and how busy it is. */
export function accounts(topics: Topics): Topology {
  const builder = new StreamsBuilder();
  const payments = builder.stream(topics.payments, { key: string, value: paymentSerde }).groupByKey();
  payments.aggregate(nothing, add, { store: stores.balances, value: balanceSerde, ranges: true });
  payments
    .windowedBy(TimeWindows.ofSizeAndGrace('1h', '1d'))
    .count({ store: stores.hours, retention: '7d', ranges: true });
  return builder.build();
}

const nothing = (): Balance => ({ cents: 0, payments: 0 });

function add(_account: string, { cents }: Payment, balance: Balance): Balance {
  return { cents: balance.cents + cents, payments: balance.payments + 1 };
}
