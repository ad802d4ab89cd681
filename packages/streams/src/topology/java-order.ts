/**
 * Orders names as Java's `HashSet<String>` would give them when they are added in this order.
 *
 * `describe()` prints sets of Java, and its text is compared with theirs.
 */
export function javaSetOrder(names: readonly string[]): string[] {
  const distinct = [...new Set(names)];
  const buckets = capacityFor(distinct.length);
  return distinct
    .map((name) => ({ name, bucket: spread(javaHash(name)) & (buckets - 1) }))
    .sort((a, b) => a.bucket - b.bucket)
    .map(({ name }) => name);
}

function capacityFor(count: number): number {
  let capacity = 16;
  while (count > capacity * 0.75) capacity *= 2;
  return capacity;
}

function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

function spread(hash: number): number {
  return hash ^ (hash >>> 16);
}
