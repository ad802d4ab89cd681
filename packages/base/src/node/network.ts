import { createServer, Socket, type SocketConstructorOpts } from 'node:net';
import type { Address, Connection, Listener, ListenOptions, Network } from '../network.ts';
import { NodeConnection } from './connection.ts';
import { listenOn } from './listen.ts';
import { networkErrorFrom } from './network-error.ts';
import { connectionsByOpenFiles } from './open-files.ts';

/** How many bytes a connection takes before {@link Connection.write} says false. */
const unsentBytesMax = 256 * 1024;
const keepAliveDelayMs = 60_000;
const socketOptions: SocketConstructorOpts & { writableHighWaterMark: number } = {
  writableHighWaterMark: unsentBytesMax,
};

export const nodeNetwork: Network = { listen, connect };

async function listen(
  address: Address,
  onConnection: (connection: Connection) => void,
  options: ListenOptions = {},
): Promise<Listener> {
  const server = createServer({
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveDelayMs,
    highWaterMark: unsentBytesMax,
  });
  const connectionsMax = Math.min(options.connectionsMax ?? Number.POSITIVE_INFINITY, connectionsByOpenFiles());
  if (Number.isFinite(connectionsMax)) server.maxConnections = connectionsMax;
  server.on('connection', (socket) => onConnection(new NodeConnection(socket)));
  return { address: await listenOn(server, address), close: async () => void server.close() };
}

function connect(address: Address, options: { readonly signal?: AbortSignal } = {}): Promise<Connection> {
  const { signal } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  const socket = new Socket(socketOptions);
  return new Promise((resolve, reject) => {
    const abort = () => {
      socket.destroy();
      reject(signal?.reason);
    };
    const refuse = (error: Error) => {
      signal?.removeEventListener('abort', abort);
      reject(networkErrorFrom(error, 'connect to', address));
    };
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('error', refuse);
    socket.connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveDelayMs,
    });
    socket.once('connect', () => {
      signal?.removeEventListener('abort', abort);
      socket.off('error', refuse);
      resolve(new NodeConnection(socket));
    });
  });
}
