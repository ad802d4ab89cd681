import type { Address } from '@nagare/base';

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An IPv4 address as clients know it: a socket that listens on IPv6, too, has it in the form `::ffff:127.0.0.1`. */
export function plainAddress({ host, port }: Address): Address {
  return { host: mapped.exec(host)?.[1] ?? host, port };
}
