import { crc32c } from '@nagare/base';
import { BrokerError } from '../errors.ts';
import type { BrokerHost, BrokerStorage } from '../host/broker-host.ts';
import { metadataPartition } from '../host/broker-host.ts';
import type { QuorumState } from '../host/quorum-state.ts';
import { partitionKey } from '../log/checkpoint.ts';
import { copyOf, type LogCopy } from '../log/log-copy.ts';

/**
 * The bytes of a snapshot: `NAGARESN`, the version (uint32), the CRC-32C of all that follows (uint32), the length of a JSON
 * header (uint32), the header, and the batches of each log, one log after the other.
 */
const magic = Buffer.from('NAGARESN', 'latin1');
const version = 1;
const checkedFrom = 16;
const headerAt = 20;

interface Header {
  readonly clusterId: string;
  readonly directoryId: string;
  readonly nodeId: number;
  readonly quorum: QuorumState;
  readonly logs: readonly LogHeader[];
}

interface LogHeader extends Omit<LogCopy, 'batches' | 'producers'> {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  /** In base64. */
  readonly producers: string;
  readonly bytes: number;
}

interface Place {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
}

/** What a broker in memory holds: its logs, from which all the rest follows as at a restart. */
export interface BrokerSnapshot extends Omit<Header, 'logs'> {
  logOf(place: Place): LogCopy | undefined;
}

/** Copies what a broker in memory holds, all of it as of the same moment. */
export function snapshotOf(host: BrokerHost, storage: BrokerStorage): Buffer {
  const { nodeId, partitions, controller } = host.services;
  const hosts = [...partitions.all()].map(({ topic, topicId, index, log }) => ({
    topic,
    topicId,
    partition: index,
    log,
  }));
  const metadata = { ...metadataPartition, topicId: host.metadataLog.topicId, log: host.metadataLog };
  const copies = [metadata, ...hosts].map(({ log, ...place }) => ({ ...place, ...copyOf(log) }));
  const header: Header = {
    clusterId: storage.clusterId,
    directoryId: storage.directoryId,
    nodeId,
    quorum: { leaderId: nodeId, leaderEpoch: controller.leaderEpoch },
    logs: copies.map(({ batches, producers, ...log }) => ({
      ...log,
      producers: producers.toString('base64'),
      bytes: batches.reduce((sum, { length }) => sum + length, 0),
    })),
  };
  return encode(
    header,
    copies.flatMap(({ batches }) => batches),
  );
}

function encode(header: Header, batches: readonly Buffer[]): Buffer {
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const front = Buffer.alloc(headerAt);
  magic.copy(front);
  front.writeUInt32BE(version, magic.length);
  front.writeUInt32BE(json.length, checkedFrom);
  const bytes = Buffer.concat([front, json, ...batches]);
  bytes.writeUInt32BE(crc32c(bytes, checkedFrom), checkedFrom - 4);
  return bytes;
}

/**
 * Reads what {@link snapshotOf} has written. The batches are slices of the bytes, which nobody may change afterwards.
 *
 * @throws {BrokerError} NAGARE_BROKER_SNAPSHOT_INVALID, when they are no snapshot, are damaged, or are of a later version.
 */
export function readSnapshot(given: Uint8Array): BrokerSnapshot {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  const { logs, ...rest } = decode(bytes);
  const byKey = new Map<string, LogCopy & Place>();
  let at = headerAt + bytes.readUInt32BE(checkedFrom);
  for (const log of logs) {
    const batches = log.bytes === 0 ? [] : [bytes.subarray(at, at + log.bytes)];
    at += log.bytes;
    const producers = Buffer.from(log.producers, 'base64');
    byKey.set(partitionKey(log.topic, log.partition), { ...log, producers, batches });
  }
  return {
    ...rest,
    logOf({ topic, topicId, partition }) {
      const copy = byKey.get(partitionKey(topic, partition));
      return copy?.topicId === topicId ? copy : undefined;
    },
  };
}

function decode(bytes: Buffer): Header {
  if (bytes.length < headerAt || !bytes.subarray(0, magic.length).equals(magic)) throw invalid('these bytes are none');
  const written = bytes.readUInt32BE(magic.length);
  if (written !== version) throw invalid(`it has version ${written}, and this broker reads version ${version}`);
  if (bytes.readUInt32BE(checkedFrom - 4) !== crc32c(bytes, checkedFrom)) throw invalid('its checksum is wrong');
  return JSON.parse(bytes.toString('utf8', headerAt, headerAt + bytes.readUInt32BE(checkedFrom))) as Header;
}

function invalid(why: string): BrokerError {
  return new BrokerError('NAGARE_BROKER_SNAPSHOT_INVALID', why);
}
