import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Loads a package that need not be there: a native one that has no build for this platform, or was not installed.
 * The caller has a slower way of its own.
 */
export function loadOptional<T>(name: string): T | undefined {
  try {
    return require(name) as T;
  } catch {
    return undefined;
  }
}
