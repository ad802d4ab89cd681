import { seededRandom, silentLog } from '@nagare/base';
import { type Api, codecOf, Reader, type RequestDraftOf, type ResponseOf, Writer } from '@nagare/protocol';
import type { BrokerServices, ConnectionContext, RequestContext } from '../api/context.ts';
import type { Handler } from '../api/define-handler.ts';
import { resolveSettings } from '../config/resolve-settings.ts';
import type { SettingValue } from '../config/setting.ts';
import { ControllerHost } from '../host/controller-host.ts';
import { MemoryMetadataLog } from '../host/metadata-log.ts';
import { memoryQuorumState } from '../host/quorum-state.ts';

/** What the tests of handlers ask: a controller over a log in memory, with no sockets and no partitions. */
export interface HandlerBroker {
  readonly controller: ControllerHost;
  /** Sends a request in a version, through the codecs both ways. */
  ask<A extends Api>(
    api: A,
    handler: Handler,
    request: { readonly version: number; readonly body: RequestDraftOf<A> },
  ): Promise<ResponseOf<A>>;
}

/** Starts a broker for a test of handlers. */
export async function startHandlerBroker(flags: Readonly<Record<string, SettingValue>> = {}): Promise<HandlerBroker> {
  const settings = resolveSettings({ flags });
  const random = seededRandom('handler-broker');
  const controller = await ControllerHost.open({
    ...{ settings, random, log: silentLog, metadataLog: new MemoryMetadataLog(), quorumState: memoryQuorumState() },
    directoryId: 'ZGlyZWN0b3J5LWZvci0xLQ',
    nowMs: () => 0,
    endpoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }],
  });
  const services: Partial<BrokerServices> = {
    ...{ nodeId: settings.nodeId, clusterId: 'cluster-of-one', settings, random, log: silentLog, controller },
    image: () => controller.image(),
  };
  const connection: ConnectionContext = {
    id: 1,
    remote: { host: '127.0.0.1', port: 50_000 },
    advertised: { host: 'broker.example', port: 19_092 },
    announce: (bytes) => bytes,
    close: () => {},
  };
  return {
    controller,
    async ask(api, handler, { version, body }) {
      const request = throughCodec(api.request, version, body);
      const context: RequestContext = { version, clientId: 'test', connection, broker: services as BrokerServices };
      const response = await handler.handle(request, context);
      return throughCodec(api.response, version, response) as never;
    },
  };
}

function throughCodec(schema: Api['request'], version: number, message: unknown) {
  const codec = codecOf(schema, version);
  const writer = new Writer();
  codec.write(writer, message as never);
  return codec.read(new Reader(writer.toBuffer()));
}
