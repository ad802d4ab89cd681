import { int, intMax, long } from '../setting.ts';

const isDynamic = true;
/** Accepted so that existing configurations start, without a part of this broker that it could change. */
const hasEffect = false;

/** Connections and requests. */
export const networkSettings = {
  'num.network.threads': int({
    isDynamic,
    default: 3,
    min: 1,
    hasEffect,
    text: 'Threads for the network. One event loop does their work.',
  }),
  'num.io.threads': int({
    isDynamic,
    default: 8,
    min: 1,
    hasEffect,
    text: 'Threads for requests. One event loop does their work.',
  }),
  'num.replica.alter.log.dirs.threads': int({
    default: null,
    hasEffect,
    text: 'Threads that move replicas between directories.',
  }),
  'background.threads': int({ isDynamic, default: 10, min: 1, hasEffect, text: 'Threads for background work.' }),
  'queued.max.requests': int({ default: 500, min: 1, hasEffect, text: 'Requests that may wait for a thread.' }),
  'socket.send.buffer.bytes': int({
    default: 102_400,
    min: -1,
    unit: 'bytes',
    hasEffect,
    text: 'SO_SNDBUF of sockets; the system decides.',
  }),
  'socket.receive.buffer.bytes': int({
    default: 102_400,
    min: -1,
    unit: 'bytes',
    hasEffect,
    text: 'SO_RCVBUF of sockets; the system decides.',
  }),
  'socket.listen.backlog.size': int({
    default: 50,
    min: 1,
    hasEffect,
    text: 'Connections that may wait to be accepted; the system decides.',
  }),
  'socket.request.max.bytes': int({
    default: 104_857_600,
    min: 1,
    unit: 'bytes',
    text: 'The largest request. A larger one closes its connection.',
  }),
  'max.connections': int({ default: intMax, min: 0, text: 'The most connections to each listener at once.' }),
  'max.connections.per.ip': int({ default: intMax, min: 0, text: 'The most connections from one address at once.' }),
  'connections.max.idle.ms': long({
    default: 600_000,
    unit: 'ms',
    text: 'A connection without a request for so long is closed; below 0, never.',
  }),
  'nagare.connection.stall.ms': int({
    default: 30_000,
    min: 100,
    unit: 'ms',
    text: 'A connection that owes part of a request, or does not take its answers, is closed unless 64 KiB move in that time.',
  }),
  'nagare.in.flight.bytes.max': long({
    default: 268_435_456,
    min: 1_048_576,
    unit: 'bytes',
    text: 'Memory for requests and answers of all connections. Beyond it fetches bring 1 MiB and connections are served one request at a time.',
  }),
  'fetch.max.bytes': int({ default: 57_671_680, min: 1024, unit: 'bytes', text: 'The most that one Fetch returns.' }),
  'max.request.partition.size.limit': int({
    default: 2000,
    min: 1,
    unit: 'partitions',
    text: 'The most partitions of one answer to DescribeTopicPartitions.',
  }),
  'max.incremental.fetch.session.cache.slots': int({
    default: 1000,
    min: 0,
    text: 'Fetch sessions that are remembered at once.',
  }),
};
