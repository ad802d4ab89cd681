import { setTimeout as sleep } from 'node:timers/promises';
import { type QueryServer, Streams, type StreamsConfig, serveQueries } from '@nagare/streams';
import { accounts, stores, type Topics } from './topology.ts';

/** One process of the service: an application, and the server that answers for all of them. */
export interface Instance extends AsyncDisposable {
  readonly streams: Streams;
  readonly server: QueryServer;
}

/** Starts an instance. It is served before its start, so that the others learn where. */
export async function startInstance(topics: Topics, config: StreamsConfig): Promise<Instance> {
  const streams = new Streams(accounts(topics), config);
  const server = await serveQueries(streams, { stores: Object.values(stores) });
  await streams.start();
  return {
    streams,
    server,
    async [Symbol.asyncDispose]() {
      await streams.close();
      await server.close();
    },
  };
}

/** Waits until each of the instances has its share of the accounts, and knows who has the rest. */
export async function shared(instances: readonly Instance[], partitions: number, signal: AbortSignal): Promise<void> {
  const knowsAll = ({ streams }: Instance) => {
    const hosts = streams.allMetadataForStore(stores.balances);
    const known = hosts.flatMap(({ activePartitions }) => activePartitions);
    return streams.tasks.length > 0 && hosts.length === instances.length && known.length === partitions;
  };
  const haveAll = () => instances.reduce((tasks, { streams }) => tasks + streams.tasks.length, 0) === partitions;
  while (!instances.every(knowsAll) || !haveAll()) await sleep(20, undefined, { signal });
}

/** What an instance answers, as a client of the service sees it. */
export async function get({ server }: Instance, path: string): Promise<unknown> {
  const response = await fetch(`http://${server.host}:${server.port}${path}`);
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`GET ${path}: ${JSON.stringify(body)}`);
  return body;
}

/** The data of server-sent events, one after the other. */
export async function* events(url: string, signal: AbortSignal): AsyncIterable<string> {
  const { body } = await fetch(url, { signal });
  let text = '';
  for await (const chunk of (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      // A comment comes first: from then on nothing is missed.
      yield data ?? '';
    }
  }
}
