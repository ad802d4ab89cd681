import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import type { Http, HttpAnswer, HttpAsk, HttpRequest, HttpServerOptions, HttpSink } from '../http.ts';
import { type Address, type Listener, NetworkError } from '../network.ts';
import { listenOn } from './listen.ts';
import { networkErrorFrom } from './network-error.ts';

/** A client that does not get its request across in this time is in the way of others. */
const requestMsMax = 30_000;
/** How long the rest of an answer may take to leave. */
const endMsMax = 10_000;
const connectionsKept = 16;
/** Most processes neither ask nor serve: the module is loaded by those that do. */
const loadHttp = () => import('node:http');
let agent: Agent | undefined;

/** HTTP as Node has it. */
export const nodeHttp: Http = { serve, ask };

async function serve(
  address: Address,
  answer: (request: HttpRequest) => Promise<HttpAnswer>,
  { bodyBytesMax, connectionsMax }: HttpServerOptions,
): Promise<Listener> {
  const { createServer } = await loadHttp();
  const server = createServer({ requestTimeout: requestMsMax, headersTimeout: requestMsMax }, (incoming, outgoing) => {
    // Whoever asks may be gone before the answer: there is nobody left to tell.
    outgoing.on('error', () => outgoing.destroy());
    respond(incoming, outgoing, { answer, bodyBytesMax }).catch(() => outgoing.destroy());
  });
  server.maxConnections = connectionsMax;
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  return { address: await listenOn(server, address), close };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  {
    answer,
    bodyBytesMax,
  }: { readonly answer: (request: HttpRequest) => Promise<HttpAnswer>; readonly bodyBytesMax: number },
): Promise<void> {
  const body = await bodyOf(incoming, bodyBytesMax);
  if (body === undefined) {
    outgoing.writeHead(413, { connection: 'close' }).end();
    return;
  }
  const [path = '', ...query] = (incoming.url ?? '').split('?');
  const asked = { method: incoming.method ?? '', path, query: new URLSearchParams(query.join('?')), body };
  const given = await answer(asked).catch(() => ({ status: 500, type: 'text/plain', body: 'Internal error\n' }));
  if (outgoing.destroyed) return;
  const head = { 'content-type': given.type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  if ('body' in given) {
    outgoing.writeHead(given.status, head).end(given.body);
  } else {
    outgoing.writeHead(given.status, head);
    outgoing.flushHeaders();
    given.open(sinkOf(outgoing));
  }
}

/** The body, or undefined when it is larger than it may be. */
async function bodyOf(incoming: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Whoever sends too much is still answered.
  const received: AsyncIterable<Buffer> = incoming.iterator({ destroyOnReturn: false });
  for await (const chunk of received) {
    bytes += chunk.length;
    if (bytes > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function sinkOf(outgoing: ServerResponse): HttpSink {
  const sink: HttpSink = {
    write: (text) => outgoing.write(text),
    end: () => {
      outgoing.end();
      // A reader that never reads would keep what waits for it.
      const timer = setTimeout(() => outgoing.destroy(), endMsMax);
      outgoing.once('close', () => clearTimeout(timer));
    },
    onDrain: () => undefined,
    onClose: () => undefined,
  };
  outgoing.on('drain', () => sink.onDrain());
  outgoing.once('close', () => sink.onClose());
  return sink;
}

async function ask(
  address: Address,
  { method, path, body, timeoutMs, bodyBytesMax }: HttpAsk,
): Promise<{ readonly status: number; readonly body: Buffer }> {
  const http = await loadHttp();
  agent ??= new http.Agent({ keepAlive: true, maxFreeSockets: connectionsKept });
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const to = { host: address.host, port: address.port, method, path, headers, agent };
    const outgoing = http.request(to, (incoming) => {
      bodyOf(incoming, bodyBytesMax).then((received) => {
        if (received === undefined) fail(new NetworkError('OTHER', `The answer is larger than ${bodyBytesMax} bytes`));
        else resolve({ status: incoming.statusCode ?? 0, body: received });
        clearTimeout(timer);
      }, fail);
    });
    const fail = (error: Error) => {
      clearTimeout(timer);
      outgoing.destroy();
      reject(error instanceof NetworkError ? error : networkErrorFrom(error, 'ask', address));
    };
    const late = () => fail(new NetworkError('TIMED_OUT', `No answer within ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    outgoing.once('error', fail);
    outgoing.end(body);
  });
}
