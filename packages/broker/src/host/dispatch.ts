import {
  type Api,
  apis,
  codecOf,
  errorCode,
  finishRequestHeader,
  frameOf,
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

/** The chunks of an answer, or undefined for a request that gets none. */
export type Answered = Buffer[] | undefined;

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
  const header = readRequestHeader(reader);
  const handler = handlerOf(header.apiKey);
  if (handler === undefined) throw new ProtocolError('unsupported', `No API has the key ${header.apiKey}`);
  if (!hasVersion(handler.api.versions, header.apiVersion)) return unsupportedVersion(handler, header);
  finishRequestHeader(reader, handler.api, header.apiVersion);
  const request = codecOf(handler.api.request, header.apiVersion).read(reader);
  const { apiVersion: version, clientId } = header;
  const response = handler.handle(request, { version, clientId, connection, broker });
  if (response instanceof Promise) return response.then((later) => encode(handler.api, header, later));
  return encode(handler.api, header, response);
}

function encode(api: Api, header: RequestHeader, response: object | undefined): Answered {
  if (response === undefined) return undefined;
  const writer = new Writer();
  writeResponseHeader(writer, api, header.apiVersion, header.correlationId);
  codecOf(api.response, header.apiVersion).write(writer, response as never);
  return frameOf(writer.chunks());
}

/** ApiVersions answers a version that it does not know in the oldest form, with its own range alone (KIP-511). */
function unsupportedVersion({ api }: Handler, header: RequestHeader): Answered {
  if (api.key !== apis.apiVersions.key) {
    throw new ProtocolError('unsupported', `${api.name} has no version ${header.apiVersion}`);
  }
  const range = { apiKey: api.key, minVersion: api.versions.min, maxVersion: api.versions.max };
  return encode(api, { ...header, apiVersion: 0 }, { errorCode: errorCode.UNSUPPORTED_VERSION, apiKeys: [range] });
}
