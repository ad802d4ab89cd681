/** Versions from `min` to `max`, both included; none when `max` is below `min`. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Reads Kafka's notation, apart from our own reader of it: `3+`, `0-4`, `2` or `none`. */
export function parseRange(text: string): Range {
  if (text === 'none') return { min: 0, max: -1 };
  if (text.endsWith('+')) return { min: Number(text.slice(0, -1)), max: 0x7fff };
  const [min = Number.NaN, max = min] = text.split('-').map(Number);
  if (Number.isNaN(min) || Number.isNaN(max)) throw new Error(`Versions ${text} are not understood`);
  return { min, max };
}

export function contains(range: Range, version: number): boolean {
  return version >= range.min && version <= range.max;
}

/** The versions of a closed range, one after the other. */
export function versionsIn(range: Range): number[] {
  return Array.from({ length: range.max - range.min + 1 }, (_, index) => range.min + index);
}
