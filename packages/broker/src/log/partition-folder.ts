/** A partition by name. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/** Stands at the end of the name of a folder that is about to be removed. */
const deleteSuffix = '-delete';
const nameBytesMax = 255;

export function folderOf({ topic, partition }: PartitionName): string {
  return `${topic}-${partition}`;
}

/** The name of a partition's folder once it is deleted; the topic is cut where the name would be too long for a disk. */
export function deletedFolderOf({ topic, partition }: PartitionName, uniqueId: string): string {
  const suffix = `-${partition}.${uniqueId}${deleteSuffix}`;
  return topic.slice(0, nameBytesMax - suffix.length) + suffix;
}

export function isDeletedFolder(name: string): boolean {
  return name.endsWith(deleteSuffix);
}

/** The partition that a folder is of, or undefined when it is something else. */
export function partitionIn(name: string): PartitionName | undefined {
  const match = /^([\w.-]{1,249})-(\d+)$/.exec(name);
  return match === null ? undefined : { topic: match[1]!, partition: Number(match[2]) };
}
