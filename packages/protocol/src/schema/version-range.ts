/** The versions in which a field or message exists, both ends included. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** The range that no version is in. */
export const noVersions: VersionRange = Object.freeze({ min: 0, max: -1 });

/** Kafka's notation: `3+`, `0-4`, `2` or `none`. */
export type VersionText = `${number}+` | `${number}-${number}` | `${number}` | 'none';

const versionPattern = /^(\d+)(?:(\+)|-(\d+))?$/;

/**
 * Reads Kafka's notation for a range of versions.
 *
 * @throws {RangeError} When the text is none of `3+`, `0-4`, `2`, `none`.
 */
export function parseVersions(text: string): VersionRange {
  if (text === 'none') return noVersions;
  const match = versionPattern.exec(text);
  if (match === null) throw new RangeError(`Versions must look like 3+, 0-4, 2 or none, got ${text}`);
  const min = Number(match[1]);
  if (match[2] === '+') return { min, max: 32_767 };
  return { min, max: match[3] === undefined ? min : Number(match[3]) };
}

/** Whether a version lies in a range. */
export function hasVersion(range: VersionRange, version: number): boolean {
  return version >= range.min && version <= range.max;
}

/** Kafka's notation for a range. */
export function formatVersions(range: VersionRange): string {
  if (range.max < range.min) return 'none';
  if (range.max >= 32_767) return `${range.min}+`;
  return range.min === range.max ? `${range.min}` : `${range.min}-${range.max}`;
}
