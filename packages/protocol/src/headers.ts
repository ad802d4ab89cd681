import type { Api } from './schema/api.ts';
import { hasVersion } from './schema/version-range.ts';
import type { Reader } from './wire/reader.ts';
import type { Writer } from './wire/writer.ts';

/** What stands before the body of a request. */
export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

const apiVersionsKey = 18;

/** Reads the part of the header that is the same in all versions; {@link finishRequestHeader} reads the rest. */
export function readRequestHeader(reader: Reader): RequestHeader {
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const correlationId = reader.int32();
  return { apiKey, apiVersion, correlationId, clientId: reader.nullableString() };
}

/** Skips the tagged fields of the header that a flexible request has. */
export function finishRequestHeader(reader: Reader, api: Api, version: number): void {
  if (hasVersion(api.request.flexible, version)) reader.skipTags();
}

/** Writes the header of a request; its version follows from the API and the request's version. */
export function writeRequestHeader(writer: Writer, api: Api, header: Omit<RequestHeader, 'apiKey'>): void {
  writer.int16(api.key);
  writer.int16(header.apiVersion);
  writer.int32(header.correlationId);
  writer.nullableString(header.clientId);
  if (hasVersion(api.request.flexible, header.apiVersion)) writer.uvarint(0);
}

/** ApiVersions answers with the oldest header always, or a client could not learn what the broker speaks (KIP-511). */
function hasFlexibleResponseHeader(api: Api, version: number): boolean {
  return api.key !== apiVersionsKey && hasVersion(api.response.flexible, version);
}

/** Writes the header of an answer. */
export function writeResponseHeader(writer: Writer, api: Api, version: number, correlationId: number): void {
  writer.int32(correlationId);
  if (hasFlexibleResponseHeader(api, version)) writer.uvarint(0);
}

/** Reads a response's header after its correlation id. */
export function finishResponseHeader(reader: Reader, api: Api, version: number): void {
  if (hasFlexibleResponseHeader(api, version)) reader.skipTags();
}
