import {
  type Api,
  apis,
  codecOf,
  errorCode,
  finishRequestHeader,
  hasVersion,
  ProtocolError,
  Reader,
  type RequestHeader,
  readRequestHeader,
  Writer,
  writeResponseHeader,
} from '@nagare/protocol';
import type { BrokerServices, ConnectionContext } from '../api/context.ts';
import type { Handler } from '../api/define-handler.ts';
import { handlerOf } from '../api/registry.ts';
import { serveUnderFaults } from '../embedded/serve-under-faults.ts';
import { BrokerError } from '../errors.ts';
import type { Answered, Served } from './served.ts';

export type { Answered } from './served.ts';

/** Elements of all lists of a request. In memory they take many times their bytes, and answers have one for each. */
const elementsMax = 250_000;

/**
 * Bytes of an answer: more than any fetch may bring. A short request can name what has much to tell again and again, and
 * clients take no longer answers anyhow.
 */
const answerBytesMax = 128 * 1024 * 1024;

/**
 * Serves one request: header, body, handler, answer. What the handler does before it first waits is done when this
 * returns, so requests of one connection take effect in their order.
 *
 * @throws {ProtocolError} When the request is no use: the connection is to be closed.
 */
export function dispatch(
  frame: Buffer,
  connection: ConnectionContext,
  broker: BrokerServices,
): Answered | Promise<Answered> {
  const reader = new Reader(frame);
  reader.elementsLeft = elementsMax;
  const header = readRequestHeader(reader);
  const handler = handlerOf(header.apiKey);
  if (handler === undefined) throw new ProtocolError('unsupported', `No API has the key ${header.apiKey}`);
  if (!hasVersion(handler.api.versions, header.apiVersion)) return unsupportedVersion(handler, header);
  finishRequestHeader(reader, handler.api, header.apiVersion);
  const request = codecOf(handler.api.request, header.apiVersion).read(reader);
  const { apiVersion: version, clientId } = header;
  const context = { version, clientId, connection, broker };
  if (broker.faults.isActive) return serveUnderFaults({ handler, header, request, context }, { serve, encode });
  const response = handler.handle(request, context);
  if (!(response instanceof Promise)) return encode(handler.api, header, response);
  return laterOf(response, { handler, header, request, context });
}

function serve(served: Served): Answered | Promise<Answered> {
  const { handler, header, request, context } = served;
  const response = handler.handle(request as never, context);
  return response instanceof Promise ? laterOf(response, served) : encode(handler.api, header, response);
}

function laterOf(response: Promise<object | undefined>, served: Served): Promise<Answered> {
  const { api } = served.handler;
  return response.then(
    (later) => encode(api, served.header, later),
    (error) => encode(api, served.header, refused(error, served)),
  );
}

/** Answers a request that failed as brokers fail; what else goes wrong is a bug, and ends the connection. */
function refused(error: unknown, { handler, request, context }: Served): object {
  if (!(error instanceof BrokerError) || handler.refuse === undefined) throw error;
  context.broker.log.error('request.refused', { api: handler.api.name, error });
  const code = error.code === 'NAGARE_BROKER_STOPPED' ? 'NOT_CONTROLLER' : 'KAFKA_STORAGE_ERROR';
  return handler.refuse(request as never, code, context);
}

function encode(api: Api, header: RequestHeader, response: object | undefined): Answered {
  if (response === undefined) return undefined;
  const writer = new Writer(256, answerBytesMax);
  writer.int32(0); // The length, which is known at the end: in front of the rest, a short answer is one chunk.
  writeResponseHeader(writer, api, header.apiVersion, header.correlationId);
  codecOf(api.response, header.apiVersion).write(writer, response as never);
  const chunks = writer.chunks();
  (chunks[0] as Buffer).writeInt32BE(writer.byteLength - 4, 0);
  return chunks;
}

/** ApiVersions answers a version that it does not know in the oldest form, with its own range alone (KIP-511). */
function unsupportedVersion({ api }: Handler, header: RequestHeader): Answered {
  if (api.key !== apis.apiVersions.key) {
    throw new ProtocolError('unsupported', `${api.name} has no version ${header.apiVersion}`);
  }
  const range = { apiKey: api.key, minVersion: api.versions.min, maxVersion: api.versions.max };
  return encode(api, { ...header, apiVersion: 0 }, { errorCode: errorCode.UNSUPPORTED_VERSION, apiKeys: [range] });
}
