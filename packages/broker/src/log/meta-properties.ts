import { type Disk, replaceFile } from '@nagare/base';
import { parseProperties } from '../config/parse-properties.ts';
import { BrokerError } from '../errors.ts';
import { readText } from './small-files.ts';

/** Whose a log directory is: Kafka's `meta.properties`. */
export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: number;
  readonly directoryId: string;
}

/** What a broker expects of its directory, and what it gives to one that is new. */
export interface Ownership {
  readonly nodeId: number;
  /** Undefined accepts any cluster's directory of this node. */
  readonly clusterId?: string | undefined;
  readonly newClusterId: string;
  readonly newDirectoryId: string;
}

const fileName = 'meta.properties';
const version = '1';

export function formatMetaProperties({ clusterId, nodeId, directoryId }: MetaProperties): string {
  return `cluster.id=${clusterId}\ndirectory.id=${directoryId}\nnode.id=${nodeId}\nversion=${version}\n`;
}

/** Reads whose a directory is, or makes it this broker's when it is nobody's. */
export async function claimDirectory(disk: Disk, directory: string, owner: Ownership): Promise<MetaProperties> {
  const path = `${directory}/${fileName}`;
  const text = await readText(disk, path);
  if (text === undefined) {
    const { nodeId, clusterId = owner.newClusterId, newDirectoryId: directoryId } = owner;
    const meta = { clusterId, nodeId, directoryId };
    await replaceFile(disk, path, Buffer.from(formatMetaProperties(meta)));
    return meta;
  }
  const meta = parseMetaProperties(text);
  if (meta === undefined) throw new BrokerError('NAGARE_BROKER_DIRECTORY_FOREIGN', path);
  const { clusterId, nodeId } = meta;
  if (nodeId !== owner.nodeId) {
    throw new BrokerError('NAGARE_BROKER_NODE_ID_MISMATCH', `${path} names node ${nodeId}, this is ${owner.nodeId}`);
  }
  if (owner.clusterId !== undefined && clusterId !== owner.clusterId) {
    throw new BrokerError('NAGARE_BROKER_CLUSTER_ID_MISMATCH', `${path} names ${clusterId}, not ${owner.clusterId}`);
  }
  return meta;
}

function parseMetaProperties(text: string): MetaProperties | undefined {
  const properties = parseProperties(text);
  const [clusterId, nodeId, directoryId] = ['cluster.id', 'node.id', 'directory.id'].map((key) => properties.get(key));
  if (properties.get('version') !== version || clusterId === undefined || directoryId === undefined) return undefined;
  return nodeId !== undefined && /^\d+$/.test(nodeId) ? { clusterId, nodeId: Number(nodeId), directoryId } : undefined;
}
