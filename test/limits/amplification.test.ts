import { type Api, apis, codecOf, frameOf, hasVersion, Writer, writeRequestHeader } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { waitFor } from '../tools/wait.ts';
import { Wire } from '../tools/wire.ts';
import { mib, note } from './figures.ts';
import { HealthyClient, settledBytes, startBroker, watchMemory } from './limited-broker.ts';
import { Peer } from './peer.ts';

type Field = Api['request']['fields'][string];

const requestBytes = 2 * 1024 * 1024;
/** Objects of a request and of its answer that are made of as many elements as may be, with what waits to be collected. */
const grownBytesMax = 500 * 1024 * 1024;

/** A request whose list holds that many elements, each as short as it can be. */
function requestWith(api: Api, name: string, count: number): Buffer {
  const writer = new Writer();
  const version = api.versions.max;
  writeRequestHeader(writer, api, { apiVersion: version, correlationId: 1, clientId: 'x' });
  const element = shortest(api.request.fields[name]?.element as Field, version);
  const list = new Array<unknown>(count).fill(element);
  codecOf(api.request, version).write(writer, { ...structOf(api.request.fields, version), [name]: list } as never);
  return Buffer.concat(writer.chunks());
}

function structOf(fields: Api['request']['fields'], version: number): Record<string, unknown> {
  const present = Object.entries(fields).filter(([, field]) => hasVersion(field.versions, version));
  const values = present.map(([name, field]): [string, unknown] => [name, shortest(field, version)]);
  // A Produce without acks has no answer.
  return Object.fromEntries(values.map(([name, value]) => [name, name === 'acks' ? 1 : value]));
}

function shortest(field: Field, version: number): unknown {
  switch (field.kind) {
    case 'bool':
      return false;
    case 'string':
      return '';
    case 'uuid':
      return 'AAAAAAAAAAAAAAAAAAAAAA';
    case 'bytes':
    case 'records':
      return Buffer.alloc(0);
    case 'array':
      return [];
    case 'struct':
      return structOf(field.fields ?? {}, version);
    default:
      return 0;
  }
}

/** For each list at the top of a request, the request that fills the bytes with it. */
function fullRequests(api: Api): { readonly name: string; readonly request: Buffer }[] {
  const lists = Object.entries(api.request.fields).filter(
    ([, { kind, versions }]) => kind === 'array' && hasVersion(versions, api.versions.max),
  );
  return lists.map(([name]) => {
    const empty = requestWith(api, name, 0).length;
    const elementBytes = (requestWith(api, name, 100).length - empty) / 100;
    return { name: `${api.name}.${name}`, request: requestWith(api, name, Math.floor(requestBytes / elementBytes)) };
  });
}

test('no list of any request makes the broker take memory without bound, though others wait for it', async () => {
  const broker = await startBroker({ 'nagare.durability': 'os' });
  using wire = new Wire(broker.bootstrap);
  const { apiKeys } = await wire.request(apis.apiVersions, 0, {});
  const served = (Object.values(apis) as readonly Api[]).filter(({ key }) =>
    apiKeys.some((each) => each.apiKey === key),
  );
  const before = await settledBytes(broker.pid);
  const memory = watchMemory(broker.pid);
  let worst = { name: '', maxMs: 0 };
  let requests = 0;
  for (const { name, request } of served.flatMap(fullRequests)) {
    const healthy = new HealthyClient(broker.bootstrap);
    using peer = await Peer.connect(broker.bootstrap);
    peer.send(Buffer.concat(frameOf([request])));
    await waitFor(() => (peer.isClosed || peer.receivedBytes > 0 ? true : undefined), {
      what: `an answer to ${name}, or a close`,
      timeoutMs: 60_000,
    });
    const { maxMs } = await healthy.end();
    if (maxMs > worst.maxMs) worst = { name, maxMs };
    requests += 1;
  }
  const grown = memory.stop() - before;
  note({
    limit: `amplification: ${requests} requests of 2 MiB, each one list of the shortest elements`,
    measured: `${mib(grown)} more memory at most; another client waited ${worst.maxMs.toFixed(0)} ms at most, for ${worst.name}`,
    goal: '250,000 elements at most in a request',
  });
  expect(requests).toBeGreaterThan(25);
  expect(grown).toBeLessThan(grownBytesMax);
});

test('a small request for many configs, again and again, is not answered', async () => {
  const broker = await startBroker({ 'nagare.durability': 'os' });
  const before = await settledBytes(broker.pid);
  const memory = watchMemory(broker.pid);
  using peer = await Peer.connect(broker.bootstrap);
  const writer = new Writer();
  writeRequestHeader(writer, apis.describeConfigs, { apiVersion: 4, correlationId: 1, clientId: 'x' });
  codecOf(apis.describeConfigs.request, 4).write(writer, {
    resources: new Array(20_000).fill({ resourceType: 4, resourceName: '1', configurationKeys: null }),
    includeSynonyms: true,
    includeDocumentation: true,
  } as never);
  peer.send(Buffer.concat(frameOf(writer.chunks())));
  await waitFor(() => (peer.isClosed ? true : undefined), { what: 'a close', timeoutMs: 60_000 });
  const grown = memory.stop() - before;
  note({
    limit: 'amplification: DescribeConfigs of one broker 20,000 times in 100 KB (1 GB if it were answered)',
    measured: `closed without an answer; ${mib(grown)} more memory at most`,
    goal: '400,000 configs at most in an answer',
  });
  expect(peer.receivedBytes).toBe(0);
  expect(grown).toBeLessThan(400 * 1024 * 1024);
});
