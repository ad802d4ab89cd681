/** Java's hash of a string. */
export function javaHash(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0;
  return hash;
}

/** The partition of an internal topic that a key belongs to: Java's hash of it, as Kafka's own tools compute it. */
export function partitionOfKey(key: string, partitions: number): number {
  const hash = javaHash(key);
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % partitions;
}
