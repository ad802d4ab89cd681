import type { Http, HttpAnswer, HttpReply, HttpRequest } from '@nagare/base';
import { nodeHttp } from '@nagare/base/node';
import { StreamsError, type StreamsErrorCode } from '../errors.ts';
import { queries, type Streams } from '../streams.ts';
import { peerPath, serverOf } from './peers.ts';
import type { Queries } from './queries.ts';
import { Routes, type ServedStore } from './routes.ts';
import { readAsk, writePage } from './wire.ts';

/** A question is a key or two. */
const questionBytesMax = 4 * 1024 * 1024;

const everyAddress: readonly string[] = ['0.0.0.0', '::'];

export interface ServeQueriesOptions {
  /** Where to listen. Nobody is asked who he is, so beyond this machine something must stand in front. Default: '127.0.0.1'. */
  readonly host?: string;
  /** Default: 0, a free one. */
  readonly port?: number;
  /** The stores that may be read, by other processes too. Default: all. */
  readonly stores?: readonly (string | ServedStore)[];
  /** Connections at once; further ones are closed. Default: 1,024. */
  readonly connectionsMax?: number;
  /** Default: Node's. */
  readonly http?: Http;
}

/** A running server of queries. */
export interface QueryServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Ends it, and what it streams. */
  close(): Promise<void>;
}

/**
 * Answers queries over HTTP: those of the application's other processes, so that every process can be asked about every key, and
 * those of anybody else.
 *
 * | Request | Answer |
 * | --- | --- |
 * | `GET /stores` | the stores and their kinds |
 * | `GET /stores/{store}/keys/{key}` | the row of a key; of versioned stores `?asOf=`; the windows or sessions of a key, `?from=&to=` |
 * | `GET /stores/{store}/rows` | rows, `?from=&to=&limit=`; `next` in the answer goes on as `?next=` |
 * | `GET /stores/{store}/changes` | server-sent events of what changes in this process, `?key=` |
 *
 * Serve before the start: the other processes then learn where, unless `applicationServer` says otherwise. It must be set to listen
 * on every address (`0.0.0.0`).
 *
 * @param streams - The application, started or not.
 * @returns The server, listening.
 * @throws {StreamsError} `NAGARE_STREAMS_QUERY_STORE` when a store is named that the topology does not have.
 * @example
 * ```ts
 * await using server = await serveQueries(streams, { stores: ['counts'] });
 * await streams.start();
 * ```
 */
export async function serveQueries(streams: Streams, options: ServeQueriesOptions = {}): Promise<QueryServer> {
  const { host = '127.0.0.1', port = 0, connectionsMax = 1_024, http = nodeHttp } = options;
  const asked = streams[queries];
  const stores = servedStores(asked, options.stores);
  const routes = new Routes(streams, asked, stores);
  const respond = async (request: HttpRequest): Promise<HttpAnswer> => {
    try {
      return request.path === peerPath ? answerPeer(asked, stores, request) : await routes.answer(request);
    } catch (error) {
      return errorReply(error);
    }
  };
  const limits = { bodyBytesMax: questionBytesMax, connectionsMax };
  const listener = await http.serve({ host, port }, respond, limits);
  // An address that stands for all of a machine's is none that others could ask.
  if (!everyAddress.includes(host)) asked.server ??= serverOf(listener.address);
  const close = () => listener.close();
  return { ...listener.address, close, [Symbol.asyncDispose]: close };
}

function servedStores(asked: Queries, given: ServeQueriesOptions['stores']): ReadonlyMap<string, ServedStore> {
  const all = given ?? asked.stores.names;
  return new Map(
    all.map((each) => {
      const served = typeof each === 'string' ? { name: each } : each;
      return [asked.stores.storeOf(served.name).spec.name, served];
    }),
  );
}

/** Answers another process, from what this one has: it never asks on. */
function answerPeer(asked: Queries, stores: ReadonlyMap<string, ServedStore>, request: HttpRequest): HttpReply {
  if (request.method !== 'POST') return refusal(405, 'Questions of other processes are sent by POST');
  const { store, partition, ask } = readAsk(request.body.toString());
  if (!stores.has(store)) throw new StreamsError('NAGARE_STREAMS_QUERY_STORE', `${store} is not served`);
  return { status: 200, type: 'application/json', body: writePage(asked.answer(store, partition, ask)) };
}

const statuses: Partial<Record<StreamsErrorCode, number>> = {
  NAGARE_STREAMS_QUERY_STORE: 404,
  NAGARE_STREAMS_STORE_NOT_ORDERED: 400,
  NAGARE_STREAMS_NOT_OWNED: 421,
  NAGARE_STREAMS_OWNER_UNREACHABLE: 502,
  NAGARE_STREAMS_REBALANCING: 503,
  NAGARE_STREAMS_NOT_RUNNING: 503,
};

/** What is wrong with a question is told; what is wrong here is not. */
function errorReply(error: unknown): HttpReply {
  if (error instanceof StreamsError) return refusal(statuses[error.code] ?? 500, error.message, error.code);
  const isMistake = error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
  return isMistake || error instanceof URIError ? refusal(400, error.message) : refusal(500, 'Internal error');
}

function refusal(status: number, message: string, code?: StreamsErrorCode): HttpReply {
  return { status, type: 'application/json', body: `${JSON.stringify({ code, message })}\n` };
}
