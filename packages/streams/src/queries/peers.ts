import { type Address, type Http, NetworkError } from '@nagare/base';
import { StreamsError, type StreamsErrorCode, streamsErrors } from '../errors.ts';
import type { Page } from './ask.ts';
import { type PartitionAsk, readPage, writeAsk } from './wire.ts';

/** Where a process takes questions of the others. */
export const peerPath = '/ask';

/** A page has bounded rows, a row has not: a value may be as large as a record. */
const answerBytesMax = 64 * 1024 * 1024;

/** What another process says that may be otherwise a moment later. */
const passing: readonly StreamsErrorCode[] = [
  'NAGARE_STREAMS_NOT_OWNED',
  'NAGARE_STREAMS_REBALANCING',
  'NAGARE_STREAMS_NOT_RUNNING',
];

/**
 * Asks another process of the application.
 *
 * @throws {StreamsError} What it says, retriable if that may pass; `NAGARE_STREAMS_OWNER_UNREACHABLE` when it gives no answer.
 */
export async function askPeer(http: Http, server: string, asked: PartitionAsk, timeoutMs: number): Promise<Page> {
  const { status, body } = await sendAsk(http, server, asked, timeoutMs);
  try {
    if (status === 200) return readPage(body.toString());
  } catch (cause) {
    throw unreachable(server, 'its answer makes no sense', cause);
  }
  throw refusal(server, status, body);
}

async function sendAsk(http: Http, server: string, asked: PartitionAsk, timeoutMs: number) {
  try {
    const ask = { method: 'POST', path: peerPath, body: writeAsk(asked), timeoutMs, bodyBytesMax: answerBytesMax };
    return await http.ask(addressOf(server), ask);
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    throw unreachable(server, cause.message, cause);
  }
}

function refusal(server: string, status: number, body: Buffer): StreamsError {
  const { code, message } = readError(body);
  const known = Object.keys(streamsErrors).find((each) => each === code) as StreamsErrorCode | undefined;
  if (known === undefined) return unreachable(server, `it answered with ${status}`);
  return new StreamsError(known, `${server} says: ${message}`, { retriable: passing.includes(known) });
}

function readError(body: Buffer): { readonly code?: unknown; readonly message?: unknown } {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function unreachable(server: string, reason: string, cause?: unknown): StreamsError {
  return new StreamsError('NAGARE_STREAMS_OWNER_UNREACHABLE', `${server}: ${reason}`, { cause, retriable: true });
}

const serverPattern = /^(?:\[([\da-fA-F:.]+)\]|([^\s:/]+)):(\d{1,5})$/;

/** Whether a text is `host:port`. */
export function isServer(text: string): boolean {
  const port = Number(serverPattern.exec(text)?.[3]);
  return port >= 1 && port <= 65_535;
}

/** The address that a `host:port` names. */
export function addressOf(server: string): Address {
  const [, v6, name, port] = serverPattern.exec(server) ?? [];
  return { host: v6 ?? name ?? server, port: Number(port) };
}

/** An address as `host:port`. */
export function serverOf({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
