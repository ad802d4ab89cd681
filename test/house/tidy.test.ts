import { describe, expect, test } from 'vitest';
import { type Node, type SignatureDeclaration, type StringLiteral, ts } from './compiler.ts';
import { importsOf } from './imports.ts';
import {
  doorsOf,
  filesBelow,
  isShipped,
  isTest,
  isTestSupport,
  packageNames,
  packageOf,
  parsedSources,
  placeOf,
  read,
  type Source,
  walk,
} from './source-tree.ts';

const fileLinesMax = 400;
const functionLinesMax = 60;

/** Longer today, each for the reason beside it. A number here may only fall. */
const fileRatchet: Readonly<Record<string, number>> = {};
const functionRatchet: Readonly<Record<string, number>> = {
  'examples/order-to-shipping/topology.ts orderToShipping': 62, // The pipeline, which the example is about, on one page.
};

/** Declarations of what modules without types hold. */
const isDeclaration = (path: string) => path.endsWith('.d.ts');
const isHouse = (path: string) => path.startsWith('test/house/');
/** Implementations of timers are tested by waiting; everything else is tested on timers that the test moves. */
const mayWait = (path: string) => path.startsWith('packages/base/src/node/') || path.startsWith('packages/cli/');

const code = parsedSources().filter(({ path }) => !isDeclaration(path));
const tests = code.filter(({ path }) => isTest(path));
const inPackages = code.filter(({ path }) => packageOf(path) !== undefined);

describe('rule 5: short', () => {
  test('files stay short', () => {
    const lengths = code
      .filter(({ path }) => !isTest(path) && !isTestSupport(path))
      .map(({ path, text }) => ({ name: path, lines: text.split('\n').length - 1 }));
    expect(tooLong(lengths, fileRatchet, fileLinesMax)).toEqual([]);
  });

  test('functions stay short', () => {
    const lengths = code.filter(({ path }) => !isTest(path)).flatMap(functionsOf);
    expect(tooLong(lengths, functionRatchet, functionLinesMax)).toEqual([]);
  });
});

/** What is above its limit, and entries of the ratchet that could be lower. */
function tooLong(
  lengths: readonly { readonly name: string; readonly lines: number }[],
  ratchet: Readonly<Record<string, number>>,
  limit: number,
): string[] {
  const byName = new Map(lengths.map(({ name, lines }) => [name, lines]));
  const above = lengths.filter(({ name, lines }) => lines > (ratchet[name] ?? limit));
  const loose = Object.entries(ratchet).filter(([name, lines]) => Math.max(byName.get(name) ?? 0, limit) < lines);
  return [
    ...above.map(({ name, lines }) => `${name} has ${lines} lines, of ${ratchet[name] ?? limit}`),
    ...loose.map(([name, lines]) => `${name} has fewer than ${lines} lines now: lower its number`),
  ];
}

/** The functions of a file as `path name`, with their lines. A suite's `describe` callback is a list, not a function. */
function functionsOf({ path, syntax }: Source): { name: string; lines: number }[] {
  const found: { name: string; lines: number }[] = [];
  walk(syntax, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
    const lineOf = (at: number) => syntax.getLineAndCharacterOfPosition(at).line;
    const lines = lineOf(node.end) - lineOf(node.getStart(syntax)) + 1;
    const isListed = path.endsWith('-suite.ts');
    if (!isListed) found.push({ name: `${path} ${nameOf(node)}`, lines });
  });
  return found;
}

function nameOf(node: SignatureDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText() : '(anonymous)';
}

describe('rule 10: nothing implicit', () => {
  test('file names say what is inside, in kebab-case', () => {
    const paths = filesBelow('').filter((path) => /\.(ts|md)$/.test(path) && !/^[A-Z]+\.md$|\/README\.md$/.test(path));
    const heaps = /(^|\/)(utils?|helpers?|common|misc|types|shared|lib)(\.|\/)/;
    expect(paths.filter((path) => heaps.test(path))).toEqual([]);
    expect(paths.filter((path) => !/^[a-z0-9][a-z0-9._/-]*$/.test(path))).toEqual([]);
  });

  test('what a compiler makes of a source does not stand beside it', () => {
    const paths = new Set(filesBelow(''));
    const made = [...paths].filter((path) => /\.(d\.ts|js|map)$/.test(path));
    expect(made.filter((path) => paths.has(path.replace(/(\.d\.ts|\.js)?(\.map)?$/, '.ts')))).toEqual([]);
  });

  test('exports have names', () => {
    const wrong = find(code, (node) => {
      if (ts.isExportAssignment(node)) return true;
      return (
        ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
      );
    });
    expect(wrong.filter((place) => !/\.config\.ts:/.test(place))).toEqual([]);
  });

  test('doors list what they open', () => {
    const doors = new Set(packageNames.flatMap((name) => [...doorsOf(name).values()]));
    const isStar = (node: Node) => ts.isExportDeclaration(node) && node.exportClause === undefined;
    expect(
      find(
        code.filter(({ path }) => doors.has(path)),
        isStar,
      ),
    ).toEqual([]);
  });

  test('index.ts is the name of doors alone', () => {
    const doors = new Set(packageNames.flatMap((name) => [...doorsOf(name).values()]));
    const indexes = inPackages.map(({ path }) => path).filter((path) => path.endsWith('/index.ts'));
    const used = new Set(inPackages.flatMap((source) => importsOf(source).map(({ specifier }) => specifier)));
    expect(indexes.filter((path) => !doors.has(path) && !isInnerDoor(path))).toEqual([]);
    expect(used.has('./index.ts')).toBe(false);
  });

  test('types are named: no any', () => {
    const shipped = inPackages.filter(({ path }) => isShipped(path));
    const wrong = find(shipped, (node) => node.kind === ts.SyntaxKind.AnyKeyword);
    expect(wrong.filter((place) => !place.startsWith('packages/protocol/src/schema/'))).toEqual([]);
  });

  test('what is private is #private', () => {
    // A constructor has no name to put # before.
    const wrong = find(
      code,
      (node) => node.kind === ts.SyntaxKind.PrivateKeyword && !ts.isConstructorDeclaration(node.parent),
    );
    expect(wrong).toEqual([]);
  });
});

/** A folder of the protocol whose parts are only reached together. */
function isInnerDoor(path: string): boolean {
  return path === 'packages/protocol/src/records/index.ts';
}

describe('rule 9: tests', () => {
  test('run whole: none alone, none skipped without a reason', () => {
    const wrong = find(tests, (node) => {
      if (!ts.isPropertyAccessExpression(node) || !/^(describe|test|it|expect)\b/.test(node.getText())) return false;
      return /\.(only|skip|todo|fails)$/.test(node.getText());
    });
    expect(wrong).toEqual([]);
  });

  test('do not sleep', () => {
    const waits = find(
      tests.filter(({ path }) => packageOf(path) !== undefined && !mayWait(path)),
      (node) => ts.isIdentifier(node) && /^(setTimeout|setInterval)$/.test(node.text),
    );
    const imports = tests
      .filter(({ path }) => !mayWait(path))
      .filter((source) => importsOf(source).some(({ specifier }) => specifier.startsWith('node:timers')));
    expect([...waits, ...imports.map(({ path }) => path)]).toEqual([]);
  });

  test('have sentences for names', () => {
    const wrong = find(tests, (node) => {
      if (!ts.isCallExpression(node) || !/^(test|it)(\.\w+(\(.*\))?)?$/s.test(node.expression.getText())) return false;
      const [name] = node.arguments;
      return name !== undefined && ts.isStringLiteralLike(name) && !/[ %$]/.test(name.text);
    });
    expect(wrong).toEqual([]);
  });

  test('stand beside the code', () => {
    const folders = new Set(inPackages.filter(({ path }) => isShipped(path)).map(({ path }) => folderOf(path)));
    const astray = tests.filter(({ path }) => packageOf(path) !== undefined && !path.includes('/contracts/'));
    expect(astray.map(({ path }) => path).filter((path) => !folders.has(folderOf(path)))).toEqual([]);
  });
});

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

describe('rule 8: say why, once', () => {
  test('nothing is left for later', () => {
    const words = /\b(TODO|FIXME|XXX|HACK|WIP|SKELETON)\b|@ts-(ignore|nocheck)|eslint-disable/;
    const promises =
      /\b(for now|not (yet )?implemented|simplified|temporary workaround|placeholder|in a later version)\b/i;
    const paths = filesBelow('').filter((path) => /\.(ts|md|json|sh|py|java)$/.test(path) && !isHouse(path));
    const left = paths.filter((path) => words.test(read(path)));
    const promised = inPackages.filter(({ path }) => isShipped(path)).filter(({ text }) => promises.test(text));
    expect([...left.filter((path) => path !== 'STYLE.md'), ...promised.map(({ path }) => path)]).toEqual([]);
  });

  test('what linters are told to overlook has a reason', () => {
    const bare = code.filter(
      ({ text }) => /biome-ignore [^\s:]+:?\s*($|<)/m.test(text) || /@ts-expect-error\s*$/m.test(text),
    );
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  test('every door explains what it opens', () => {
    const undocumented = packageNames
      .flatMap((name) => [...doorsOf(name).values()])
      .flatMap((door) => code.filter(({ path }) => path === door))
      .flatMap(exportedDeclarations)
      .filter(({ node }) => ts.getJSDocCommentsAndTags(documented(node)).length === 0);
    expect(undocumented.map(({ source, node }) => placeOf(source, node))).toEqual([]);
  });
});

/** The functions and classes that a door opens, where they are declared. */
function exportedDeclarations(door: Source): { source: Source; node: Node }[] {
  return door.syntax.statements.filter(ts.isExportDeclaration).flatMap((statement) => {
    const { moduleSpecifier, exportClause } = statement;
    if (moduleSpecifier === undefined || exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
    const path = resolvePath(door.path, (moduleSpecifier as StringLiteral).text);
    const source = code.find((each) => each.path === path);
    if (source === undefined) return [];
    const names = new Set(exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).text));
    return source.syntax.statements
      .filter(
        (node) => (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && names.has(node.name?.text ?? ''),
      )
      .map((node) => ({ source, node }));
  });
}

/** Of an overloaded function the first signature is the documented one. */
function documented(node: Node): Node {
  if (!ts.isFunctionDeclaration(node)) return node;
  const overloads = node.parent
    .getChildren()[0]
    ?.getChildren()
    .filter((each) => ts.isFunctionDeclaration(each) && each.name?.text === node.name?.text);
  return overloads?.[0] ?? node;
}

function resolvePath(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/** The places of the nodes that a rule forbids. */
function find(files: readonly Source[], isWrong: (node: Node) => boolean | undefined): string[] {
  const places: string[] = [];
  for (const source of files) {
    walk(source.syntax, (node) => {
      if (isWrong(node)) places.push(placeOf(source, node));
    });
  }
  return places;
}
