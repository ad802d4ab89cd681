import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const repositoryRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where installers keep what they fetched, one folder per tool. Git ignores it. */
export function cacheDirectory(name: string): string {
  const path = join(repositoryRoot, '.cache', name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** A fresh folder that is removed when it is disposed. */
export interface ScratchDirectory extends Disposable {
  readonly path: string;
}

/** Makes a {@link ScratchDirectory} in the system's folder for temporary files. */
export function scratchDirectory(label: string): ScratchDirectory {
  const path = mkdtempSync(join(tmpdir(), `nagare-${label}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}
