import type { Order } from './order.ts';
import type { Customer } from './topology.ts';

/** Who may order, and what there is to ship. */
export interface Catalog {
  readonly customers: ReadonlyMap<string, Customer>;
  /** Units by SKU. */
  readonly stock: ReadonlyMap<string, number>;
}

const cities = ['Kyoto', 'Porto', 'Bergen', 'Oaxaca', 'Tartu', 'Hobart', 'Ghent', 'Matsue'];

/** The catalogue in which everybody who orders is known, and everything that is ordered is there. */
export function catalogOf(orders: Iterable<Order>): Catalog {
  const customers = new Map<string, Customer>();
  const stock = new Map<string, number>();
  for (const { customerId, sku, quantity } of orders) {
    if (!customers.has(customerId)) customers.set(customerId, customer(customerId, customers.size));
    stock.set(sku, (stock.get(sku) ?? 0) + quantity);
  }
  return { customers, stock };
}

export function customer(id: string, index: number): Customer {
  return { name: `Customer ${id}`, city: cities[index % cities.length] as string };
}
