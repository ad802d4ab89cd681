import { createRequire } from 'node:module';

/**
 * Loads a package that need not be there: a native one that has no build for this platform, or was not installed.
 * The caller has a slower way of its own.
 *
 * @param from - The URL of the caller's module: its package is the one that may have it.
 */
export function loadOptional<T>(name: string, from: string): T | undefined {
  try {
    return createRequire(from)(name) as T;
  } catch {
    return undefined;
  }
}
