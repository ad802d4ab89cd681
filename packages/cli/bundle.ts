import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Makes the `nagare` that is published: our packages in a few files rather than in hundreds, of which a start would
 * resolve each. Other people's packages stay what they are, so that they can be audited and the native ones be absent.
 */
const folder = fileURLToPath(new URL('.', import.meta.url));
const manifest = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as Manifest;

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

rmSync(`${folder}bundle`, { recursive: true, force: true });
await build({
  absWorkingDir: folder,
  entryPoints: ['src/main.ts'],
  outdir: 'bundle',
  bundle: true,
  // Objects spread into others in the source become one literal, which V8 makes at once: a twentieth of a busy broker's time.
  minifySyntax: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['@nagare/source'],
  external: Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }),
  sourcemap: true,
  logLevel: 'warning',
});
