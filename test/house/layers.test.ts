import { describe, expect, test } from 'vitest';
import { type Node, ts } from './compiler.ts';
import { cyclesIn } from './cycles.ts';
import { dependencyOf, type Import, importsOf, targetOf } from './imports.ts';
import {
  doorsOf,
  isShipped,
  isTest,
  manifestOf,
  packageNames,
  packageOf,
  parsedSources,
  placeOf,
  type Source,
  walk,
} from './source-tree.ts';

/** Rule 4: what each package may import of the others. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  base: [],
  protocol: ['base'],
  broker: ['base', 'protocol'],
  client: ['base', 'protocol'],
  serdes: ['base'],
  streams: ['base', 'client', 'serdes'],
  cli: ['base', 'broker', 'client'],
  // Simulations of all of it, for tests alone: no package may import it.
  sim: ['base', 'protocol', 'broker', 'client', 'serdes', 'streams'],
};

/** Inside the broker: what the folders that decide and store may import of the others. */
const brokerArrows: Readonly<Record<string, readonly string[]>> = {
  core: ['core/', 'config/', 'errors.ts', 'log/log-config.ts'],
  log: ['log/', 'core/partition/', 'config/parse-properties.ts', 'errors.ts'],
  config: ['config/', 'errors.ts'],
};

/** Facades whose methods make each other: classes that name one another, and do so only when they are called. */
const facade = 'packages/streams/src/dsl/';

/** Each library comes in by one door, so that it can be replaced by changing one file. */
const doorsOfLibraries: Readonly<Record<string, RegExp>> = {
  '@hpcc-js/wasm-zstd': /^packages\/protocol\/src\/records\/compression\/zstd\.ts$/,
  '@standard-schema/spec': /^packages\/serdes\/src\/json\.ts$/,
  avsc: /^packages\/serdes\/src\/avro\/(avro|schema)\.ts$/,
  'classic-level': /^packages\/streams\/src\/state\/level\.ts$/,
  'cli-table3': /^packages\/cli\/src\/output\/listing\.ts$/,
  commander: /^packages\/cli\/src\/(run|program|options|bootstrap|commands\/\w+)\.ts$/,
  pino: /^packages\/cli\/src\/broker\/log\.ts$/,
  re2js: /^packages\/broker\/src\/core\/group\/consumer\/topic-pattern\.ts$/,
  rxjs: /^packages\/streams\/src\/rx\.ts$/,
};

/** Rule 2: who may touch the machine. */
const isPlatform = (path: string) => /^packages\/(base\/src\/node|cli\/src)\//.test(path);
const pureNodeModules: readonly string[] = ['node:buffer', 'node:zlib', 'node:crypto'];
const nodeModuleExceptions: Readonly<Record<string, readonly string[]>> = {
  // Loads the native codecs when they are installed, at the first use.
  'packages/base/src/optional-module.ts': ['node:module'],
  // Loads the engine of regular expressions when the first one is compiled: most brokers never need it.
  'packages/broker/src/core/group/consumer/topic-pattern.ts': ['node:module'],
};

/** Measurements of single functions are about the inside of packages. */
const mayLookInside = (path: string) => path.startsWith('bench/micro/');

const isCore = (path: string) =>
  /^packages\/(broker\/src\/core|client\/src\/core|streams\/src\/(core|topology)|protocol\/src)\//.test(path);

/** Rule 2 again: a core that would have to wait for something. */
const asyncExceptions: readonly string[] = [
  // Loading the WebAssembly of zstd waits once, before the first batch.
  'packages/protocol/src/records/compression/zstd.ts',
  'packages/protocol/src/records/compression/registry.ts',
];

const everything = parsedSources();
const shipped = everything.filter(({ path }) => isShipped(path));
const inPackages = everything.filter(({ path }) => packageOf(path) !== undefined);

/** The imports of files that break a rule, each as one readable line. */
function offending(files: readonly Source[], isWrong: (source: Source, one: Import) => boolean): string[] {
  return files.flatMap((source) =>
    importsOf(source)
      .filter((one) => isWrong(source, one))
      .map((one) => `${placeOf(source, one.node)} imports ${one.specifier}`),
  );
}

describe('packages', () => {
  test('every package has its arrows', () => {
    expect(Object.keys(arrows).sort()).toEqual(packageNames);
  });

  test('arrows point one way, in code and in package.json', () => {
    const allowed = (path: string) => (arrows[packageOf(path) ?? ''] ?? []).map((name) => manifestOf(name).name);
    const wrong = offending(inPackages, ({ path }, one) => {
      const dependency = dependencyOf(one);
      return dependency !== undefined && isOurs(dependency) && !allowed(path).includes(dependency);
    });
    expect(wrong).toEqual([]);
    for (const name of packageNames) {
      const ours = Object.keys(manifestOf(name).dependencies ?? {}).filter(isOurs);
      expect(ours.filter((dependency) => !allowed(`packages/${name}/`).includes(dependency))).toEqual([]);
    }
  });

  // It is the first to read all sources.
  test('what is imported is declared, and what is declared is imported', { timeout: 120_000 }, () => {
    for (const name of packageNames) {
      const { dependencies = {}, optionalDependencies = {}, devDependencies = {}, files = [] } = manifestOf(name);
      // A bundle holds the packages that it is made from, and needs what they need.
      const inside = files.includes('bundle') ? devDependencies : {};
      const used = new Set([...usedBy(name), ...Object.keys(inside).flatMap(librariesOf)]);
      const declared = Object.keys({ ...dependencies, ...optionalDependencies, ...inside });
      expect([...used].sort(), name).toEqual(declared.sort());
    }
  });

  test('packages meet at their doors', () => {
    const doors = new Set(packageNames.flatMap((name) => [...doorsOf(name).keys()]));
    const wrong = offending(everything, (source, one) => {
      const target = targetOf(source, one);
      if (target !== undefined) return packageOf(target) !== packageOf(source.path) && !mayLookInside(source.path);
      const isTool = /^@nagare\/(tests\/tools\/|example-kit(\/|$))/.test(one.specifier);
      return isOurs(dependencyOf(one) ?? '') && !doors.has(one.specifier) && !isTool;
    });
    expect(wrong).toEqual([]);
  });

  test('each library comes in by one door', () => {
    const wrong = offending(shipped, ({ path }, one) => {
      const dependency = dependencyOf(one);
      if (dependency === undefined || isOurs(dependency)) return false;
      return doorsOfLibraries[dependency]?.test(path) !== true;
    });
    expect(wrong).toEqual([]);
  });

  test('libraries for tests stay in tests and suites', () => {
    const testing = ['vitest', 'fast-check', 'typescript', 'tsx'];
    const wrong = offending(
      inPackages,
      ({ path }, one) => isShipped(path) && testing.includes(dependencyOf(one) ?? ''),
    );
    expect(wrong).toEqual([]);
  });
});

describe('files', () => {
  test('no file needs itself', () => {
    const graph = new Map(
      inPackages.map((source) => [
        source.path,
        importsOf(source)
          .filter(({ isType }) => !isType)
          .flatMap((one) => targetOf(source, one) ?? []),
      ]),
    );
    const cycles = cyclesIn(graph).filter((cycle) => !cycle.every((path) => path.startsWith(facade)));
    expect(cycles.map((cycle) => cycle.join(' → '))).toEqual([]);
  });

  test('inside the broker, what decides and what stores know nothing of hosts and handlers', () => {
    const inBroker = (path: string) => path.slice('packages/broker/src/'.length);
    const wrong = offending(shipped, (source, one) => {
      const allowed =
        packageOf(source.path) === 'broker' ? brokerArrows[inBroker(source.path).split('/')[0] ?? ''] : undefined;
      const target = targetOf(source, one);
      if (allowed === undefined || target === undefined) return false;
      return !allowed.some((part) => inBroker(target).startsWith(part));
    });
    expect(wrong).toEqual([]);
  });

  test('nothing is imported for what it does when loaded', () => {
    expect(offending(inPackages, (_, { isBare }) => isBare)).toEqual([]);
  });
});

describe('the machine', () => {
  test("Node's own modules are imported where the platform is, and pure ones elsewhere", () => {
    const wrong = offending(shipped, ({ path }, { specifier }) => {
      if (!specifier.startsWith('node:') || isPlatform(path)) return false;
      return !pureNodeModules.includes(specifier) && nodeModuleExceptions[path]?.includes(specifier) !== true;
    });
    expect(wrong).toEqual([]);
  });

  test('time, timers, chance and the process are touched where the platform is', () => {
    const wrong = shipped.filter(({ path }) => !isPlatform(path)).flatMap(touchesMachine);
    expect(wrong).toEqual([]);
  });

  test('cores do not wait', () => {
    const cores = shipped.filter(({ path }) => isCore(path) && !asyncExceptions.includes(path));
    expect(cores.flatMap(waits)).toEqual([]);
  });
});

const bannedGlobals: ReadonlySet<string> = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']);
const bannedMembers =
  /^(Date\.now|performance\.\w+|Math\.random|AbortSignal\.timeout|globalThis\.\w+|crypto\.\w+|process\.(env|hrtime|nextTick|pid|exit|on|once|stdin|stdout|stderr|cwd|memoryUsage|cpuUsage|platform|argv|uptime|emitWarning))$/;
const randomNames: ReadonlySet<string> = new Set([
  'randomBytes',
  'randomUUID',
  'randomInt',
  'randomFillSync',
  'webcrypto',
]);

/** Where a file reads the clock, waits, throws dice or talks to the process. */
function touchesMachine(source: Source): string[] {
  const found: string[] = [];
  const isSimulation = source.path.startsWith('packages/base/src/sim/');
  walk(source.syntax, (node) => {
    const text = machinePart(node);
    if (text !== undefined && !(isSimulation && text === 'setImmediate'))
      found.push(`${placeOf(source, node)} ${text}`);
  });
  return found;
}

function machinePart(node: Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && bannedMembers.test(node.getText())) return node.getText();
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return 'new Date()';
  if (ts.isImportSpecifier(node) && randomNames.has((node.propertyName ?? node.name).text)) return node.getText();
  if (!ts.isIdentifier(node) || !bannedGlobals.has(node.text)) return undefined;
  const { parent } = node;
  const isName =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent)) &&
      parent.name === node);
  return isName ? undefined : node.text;
}

function waits(source: Source): string[] {
  const found: string[] = [];
  walk(source.syntax, (node) => {
    const isPromise = ts.isIdentifier(node) && node.text === 'Promise';
    if (node.kind === ts.SyntaxKind.AsyncKeyword || node.kind === ts.SyntaxKind.AwaitExpression || isPromise) {
      found.push(`${placeOf(source, node)} ${node.getText().slice(0, 40)}`);
    }
  });
  return found;
}

/** What the shipped files of a package import. */
function usedBy(name: string): string[] {
  return shipped
    .filter(({ path }) => packageOf(path) === name)
    .flatMap((source) => [...importsOf(source).map(dependencyOf), ...optionalModulesOf(source)])
    .filter((dependency) => dependency !== undefined);
}

/** What a package of ours, and those that it imports, need of other people's. */
function librariesOf(ours: string): string[] {
  const name = packageNames.find((each) => manifestOf(each).name === ours) as string;
  return usedBy(name).flatMap((dependency) => (isOurs(dependency) ? librariesOf(dependency) : [dependency]));
}

/** The packages that a file loads by name when they are there. */
function optionalModulesOf({ syntax }: Source): string[] {
  const found: string[] = [];
  walk(syntax, (node) => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== 'loadOptional') return;
    const [name] = node.arguments;
    if (name !== undefined && ts.isStringLiteral(name)) found.push(name.text);
  });
  return found;
}

function isOurs(dependency: string): boolean {
  return dependency === 'nagare' || dependency.startsWith('@nagare/');
}

test('a test file is one that vitest would run', () => {
  const misplaced = everything.filter(({ path, text }) => !isTest(path) && /^\s*(test|it)\(/m.test(text));
  expect(misplaced.map(({ path }) => path).filter((path) => !path.endsWith('-suite.ts'))).toEqual([]);
});
