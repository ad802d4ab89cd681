const multiplier = 0x5bd1e995;

/** The 32-bit murmur2 hash of a key, as Java's clients compute it: an int32. */
export function murmur2(key: Uint8Array): number {
  const length = key.length;
  let hash = 0x9747b28c ^ length;
  let at = 0;
  for (const last = length - 4; at <= last; at += 4) {
    let word = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24);
    word = Math.imul(word, multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  if (at < length) {
    for (let shift = 0; at < length; shift += 8) hash ^= key[at++]! << shift;
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

/** The partition, of `partitions`, that Java's default partitioner gives a key. */
export function partitionForKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
