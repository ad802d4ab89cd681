import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../tools/paths.ts';
import { type Node, type SourceFile, ts } from './compiler.ts';

const unwatched: ReadonlySet<string> = new Set(['node_modules', 'dist', 'coverage', 'nagare-data']);

/** One TypeScript file of the repository, parsed when it is first asked for. */
export class Source {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  #syntax: SourceFile | undefined;

  constructor(path: string) {
    this.path = path;
    this.text = read(path);
  }

  get syntax(): SourceFile {
    this.#syntax ??= ts.createSourceFile(this.path, this.text, ts.ScriptTarget.Latest, true);
    return this.#syntax;
  }
}

/** The text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8');
}

/** The paths of all files below a folder of the repository, sorted, without what tools have put there. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(repositoryRoot, folder), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !unwatched.has(name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .sort();
}

/** The names in a folder of the repository, sorted. */
export function namesIn(folder: string): string[] {
  return readdirSync(join(repositoryRoot, folder)).sort();
}

let everySource: readonly Source[] | undefined;

/** Every TypeScript file of the repository. */
export function sources(): readonly Source[] {
  everySource ??= filesBelow('')
    .filter((path) => path.endsWith('.ts'))
    .map((path) => new Source(path));
  return everySource;
}

/** The same, parsed: for tests that look at all of them, so that none of them is charged for it alone. */
export function parsedSources(): readonly Source[] {
  for (const { syntax } of sources()) walk(syntax, () => {});
  return sources();
}

export const packageNames: readonly string[] = namesIn('packages');

/** The package that a file belongs to, or undefined outside of packages. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

/** What tests of a package share: the contracts of interfaces, suites, fixtures, and what stands in for the real thing. */
export function isTestSupport(path: string): boolean {
  if (path.startsWith('packages/streams/src/testing/')) return /\/fake-[^/]+$|-suite\.ts$/.test(path);
  return /\/(contracts|testing)\/|\/test-[^/]+$|(-suite|\.fixture)\.ts$/.test(path);
}

/** What users of a package run: neither its tests nor the suites that tests call. */
export function isShipped(path: string): boolean {
  return /^packages\/[^/]+\/src\//.test(path) && !isTest(path) && !isTestSupport(path);
}

/** The parts of a package.json that the house looks at. */
export interface Manifest {
  readonly name: string;
  /** What is published. */
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export function manifestOf(packageName: string): Manifest {
  return JSON.parse(read(`packages/${packageName}/package.json`));
}

/** The sources behind the doors of a package, by the name that users import. */
export function doorsOf(packageName: string): ReadonlyMap<string, string> {
  const { name, exports = {} } = manifestOf(packageName);
  return new Map(
    Object.entries(exports).flatMap(([door, target]) => {
      const source = typeof target === 'string' ? undefined : target['@nagare/source'];
      return source === undefined
        ? []
        : [[name + door.slice(1), `packages/${packageName}/${source.slice(2)}`] as const];
    }),
  );
}

const nodesOfFiles = new WeakMap<SourceFile, readonly Node[]>();

/** Calls `visit` for every node of a file. */
export function walk(file: SourceFile, visit: (node: Node) => void): void {
  const nodes = nodesOfFiles.get(file) ?? nodesBelow(file);
  nodesOfFiles.set(file, nodes);
  for (const node of nodes) visit(node);
}

function nodesBelow(file: SourceFile): Node[] {
  const nodes: Node[] = [];
  const collect = (node: Node) => {
    nodes.push(node);
    node.forEachChild(collect);
  };
  collect(file);
  return nodes;
}

/** Where a node begins, as `path:line`. */
export function placeOf({ path, syntax }: Source, node: Node): string {
  return `${path}:${syntax.getLineAndCharacterOfPosition(node.getStart(syntax)).line + 1}`;
}
