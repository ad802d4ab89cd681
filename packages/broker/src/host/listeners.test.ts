import { nodePlatform } from '@nagare/base/node';
import { apis } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { createBroker } from '../create-broker.ts';
import { WireClient } from '../testing/wire-client.ts';

const { network } = nodePlatform();

/** Who a client that connects to an address is told to talk to. */
async function toldAt(address: { readonly host: string; readonly port: number }) {
  const client = await WireClient.connect(network, address);
  const { brokers } = await client.request(apis.metadata, 9, { topics: [] });
  const coordinator = await client.request(apis.findCoordinator, 3, { key: 'g', keyType: 0 });
  const cluster = await client.request(apis.describeCluster, 1, { includeClusterAuthorizedOperations: false });
  client.close();
  const told = [brokers[0], coordinator, cluster.brokers[0]].map((each) => `${each?.host} ${each?.port}`);
  expect(new Set(told).size).toBe(1);
  return told[0];
}

describe('a client is told', () => {
  test('the address that it connected to, unless another one is advertised', async () => {
    await using broker = await createBroker();
    expect(await toldAt(broker.address)).toBe(`127.0.0.1 ${broker.address.port}`);
  });

  test('an IPv4 address in its plain form, though the listener speaks IPv6, too', async () => {
    await using broker = await createBroker({ listen: { host: '::ffff:127.0.0.1' } });
    const { port } = broker.address;
    expect(await toldAt({ host: '127.0.0.1', port })).toBe(`127.0.0.1 ${port}`);
  });

  test('an IPv6 address without its brackets', async () => {
    const broker = await createBroker({ listen: { host: '::1' } }).catch((error) => {
      expect(error).toMatchObject({ code: 'NAGARE_BROKER_LISTEN_FAILED' });
    });
    if (broker === undefined) return; // A machine without IPv6.
    expect(broker.bootstrapServers).toBe(`[::1]:${broker.address.port}`);
    expect(await toldAt(broker.address)).toBe(`::1 ${broker.address.port}`);
    await broker.stop();
  });

  test('what is advertised for the listener that it uses', async () => {
    const settings = {
      listeners: 'INSIDE://127.0.0.1:0,OUTSIDE://127.0.0.1:0,PLAIN://127.0.0.1:0',
      'listener.security.protocol.map': 'INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,PLAIN:PLAINTEXT',
      'advertised.listeners': 'INSIDE://inside.example:1234,OUTSIDE://[2001:db8::7]:5678',
    };
    const addresses: { host: string; port: number }[] = [];
    const listening = {
      ...network,
      listen: async (...options: Parameters<typeof network.listen>) => {
        const listener = await network.listen(...options);
        addresses.push(listener.address);
        return listener;
      },
    };
    await using _broker = await createBroker({ settings, platform: { ...nodePlatform(), network: listening } });
    const [inside, outside, plain] = addresses as [Address, Address, Address];
    expect(await toldAt(inside)).toBe('inside.example 1234');
    expect(await toldAt(outside)).toBe('2001:db8::7 5678');
    expect(await toldAt(plain)).toBe(`127.0.0.1 ${plain.port}`);
  });
});

interface Address {
  readonly host: string;
  readonly port: number;
}
