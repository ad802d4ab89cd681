import type { AddressInfo, Server } from 'node:net';
import type { Address } from '../network.ts';
import { networkErrorFrom } from './network-error.ts';

/** Has a server listen, and gives the address that it got. @throws {NetworkError} When it cannot. */
export function listenOn(server: Server, address: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error) => reject(networkErrorFrom(error, 'listen on', address));
    server.once('error', refuse);
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', refuse);
      // An accept that fails, for want of descriptors, concerns that connection alone: the server goes on listening.
      server.on('error', () => {});
      const { address: host, port } = server.address() as AddressInfo;
      resolve({ host, port });
    });
  });
}
