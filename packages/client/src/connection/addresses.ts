import type { Address } from '@nagare/base';
import type { BrokerList } from '../context.ts';

const defaultPort = 9092;

/** The addresses that a {@link BrokerList} stands for, asked anew at each bootstrap. */
export async function addressesOf(brokers: BrokerList): Promise<Address[]> {
  const given = typeof brokers === 'function' ? await brokers() : brokers;
  return parseAddresses(typeof given === 'object' && 'bootstrapServers' in given ? given.bootstrapServers : given);
}

/**
 * Reads `host:port` texts, each one or several with commas.
 *
 * @throws {RangeError} When there is none, or one is not an address.
 */
export function parseAddresses(texts: string | readonly string[]): Address[] {
  const parts = (typeof texts === 'string' ? [texts] : texts).flatMap((text) => text.split(','));
  const addresses = parts.map((part) => part.trim()).filter((part) => part !== '');
  if (addresses.length === 0) throw new RangeError('brokers must name at least one broker as host:port');
  return addresses.map(parseAddress);
}

const pattern = /^(?:[A-Z_]+:\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/;

function parseAddress(text: string): Address {
  const match = pattern.exec(text);
  const port = Number(match?.[3] ?? defaultPort);
  if (match === null || port < 1 || port > 65_535) {
    throw new RangeError(`brokers must be host:port with a port from 1 to 65535, got ${text}`);
  }
  return { host: (match[1] ?? match[2]) as string, port };
}
