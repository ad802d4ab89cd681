import { int64, json, string, windowed } from '@nagare/serdes';
import {
  type KStream,
  keyValueStore,
  type StreamRecord,
  StreamsBuilder,
  TimeWindows,
  type Topology,
} from '@nagare/streams';
import { checkOrder, type Order } from './order.ts';

/** The topics of the pipeline. A prefix keeps the runs on one cluster apart. */
export function topicsOf(prefix: string) {
  return {
    /** Lines of orders as they came: key = line number, value = the line. */
    orders: `${prefix}orders`,
    /** Customers by id. */
    customers: `${prefix}customers`,
    /** Deliveries to the warehouse: key = SKU, value = units. */
    stock: `${prefix}stock`,
    /** Orders that are on their way, by SKU. */
    shipments: `${prefix}shipments`,
    /** Orders that could not be served, by SKU or customer. */
    rejections: `${prefix}rejections`,
    /** Lines that are no orders, by line number. */
    deadLetters: `${prefix}orders.dead-letter`,
    /** Revenue in cents for each minute of order time. */
    revenue: `${prefix}revenue`,
  } as const;
}

export type Topics = ReturnType<typeof topicsOf>;

export interface Customer {
  readonly name: string;
  readonly city: string;
}

export interface Shipment extends Order {
  readonly customer: Customer;
}

export interface Rejection extends Order {
  readonly reason: 'unknown customer' | 'out of stock';
}

export interface DeadLetter {
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

interface Booking extends Shipment {
  readonly isReserved: boolean;
}

export const orderSerde = json<Order>();
export const customerSerde = json<Customer>();
export const shipmentSerde = json<Shipment>();
export const rejectionSerde = json<Rejection>();
export const deadLetterSerde = json<DeadLetter>();
export const minuteMs = 60_000;
export const revenueKeySerde = windowed(string, minuteMs);

/** An order file need not be sorted: no order is too late to count in its minute. */
const grace = '36500d';

/** Orders become shipments: validate, find the customer, reserve stock, ship, and add up the revenue. */
export function orderToShipping(topics: Topics): Topology {
  const builder = new StreamsBuilder();
  const lines = builder.stream(topics.orders, { key: string, value: string });
  const checked = lines.mapValues((text, line) => ({ ...checkOrder(Number(line), text), text }));

  checked
    .filter((_, { order }) => order === undefined)
    .mapValues(({ reason = '', text }, line): DeadLetter => ({ line: Number(line), reason, text }))
    .to(topics.deadLetters, { key: string, value: deadLetterSerde });

  const customers = builder.table(topics.customers, { key: string, value: customerSerde, store: 'customers' });
  const known = checked
    .flatMapValues(({ order }) => (order === undefined ? [] : [order]))
    .process<string, Order>(
      ({ forward }) =>
        (record: StreamRecord<string, Order>) =>
          // From here on time is when the customer ordered, not when the line was sent. Brokers refuse records from the
          // future: the order of a shop whose clock is ahead counts as sent.
          forward(
            record.withKey(record.value.customerId).withTimestamp(Math.min(record.value.orderedAtMs, record.timestamp)),
          ),
      { name: 'time-of-order' },
    )
    .repartition({ name: 'by-customer', key: string, value: orderSerde })
    .leftJoin(customers, (order, customer) => ({ ...order, customer: customer ?? undefined }));

  known
    .filter((_, { customer }) => customer === undefined)
    .mapValues(({ customer: _, ...order }): Rejection => ({ ...order, reason: 'unknown customer' }))
    .to(topics.rejections, { key: string, value: rejectionSerde });

  const bookings = reserve(
    builder,
    topics,
    known.flatMapValues(({ customer, ...order }): Shipment[] =>
      customer === undefined ? [] : [{ ...order, customer }],
    ),
  );

  bookings
    .filterNot((_, { isReserved }) => isReserved)
    .mapValues(({ isReserved: _, customer: __, ...order }): Rejection => ({ ...order, reason: 'out of stock' }))
    .to(topics.rejections, { key: string, value: rejectionSerde });

  const shipments = bookings
    .filter((_, { isReserved }) => isReserved)
    .mapValues(({ isReserved: _, ...shipment }): Shipment => shipment);
  shipments.to(topics.shipments, { key: string, value: shipmentSerde });

  shipments
    .groupBy(() => 'revenue', { name: 'revenue', key: string, value: shipmentSerde })
    .windowedBy(TimeWindows.ofSizeAndGrace('1m', grace))
    .aggregate(
      () => 0,
      (_, { quantity, unitPriceCents }, cents) => cents + quantity * unitPriceCents,
      { store: 'revenue-per-minute', value: int64 },
    )
    .toStream()
    .to(topics.revenue, { key: revenueKeySerde, value: int64 });

  return builder.build();
}

/** Takes the units of each order from the warehouse, which deliveries fill. */
function reserve(builder: StreamsBuilder, topics: Topics, orders: KStream<string, Shipment>) {
  const warehouse = keyValueStore({ name: 'warehouse', key: string, value: int64 });
  builder.addStateStore(warehouse);

  builder.stream(topics.stock, { key: string, value: int64 }).process<string, never>(
    (context) => {
      const units = context.keyValueStore<string, number>('warehouse');
      return ({ key, value }) => units.put(key, (units.get(key) ?? 0) + value);
    },
    { name: 'delivery', stores: ['warehouse'] },
  );

  return orders
    .selectKey((_, { sku }) => sku)
    .repartition({ name: 'by-sku', key: string, value: shipmentSerde })
    .processValues<Booking>(
      (context) => {
        const units = context.keyValueStore<string, number>('warehouse');
        return (record) => {
          const { sku, quantity } = record.value;
          const left = units.get(sku) ?? 0;
          const isReserved = quantity <= left;
          if (isReserved) units.put(sku, left - quantity);
          context.forward(record.withValue({ ...record.value, isReserved }));
        };
      },
      { name: 'reservation', stores: ['warehouse'] },
    );
}
