import { posix } from 'node:path';
import { type NamedExportBindings, type NamedImportBindings, type Node, ts } from './compiler.ts';
import { type Source, walk } from './source-tree.ts';

/** One import or re-export. */
export interface Import {
  readonly specifier: string;
  /** Whether nothing of it is left when the types are gone. */
  readonly isType: boolean;
  /** Whether it is there for what it does when loaded. */
  readonly isBare: boolean;
  readonly node: Node;
}

const importsOfSources = new WeakMap<Source, readonly Import[]>();

/** Every import of a file: declarations, re-exports, `import()` and types. */
export function importsOf(source: Source): readonly Import[] {
  const known = importsOfSources.get(source);
  if (known !== undefined) return known;
  const found: Import[] = [];
  walk(source.syntax, (node) => {
    const one = importIn(node);
    if (one !== undefined) found.push(one);
  });
  importsOfSources.set(source, found);
  return found;
}

function importIn(node: Node): Import | undefined {
  if (ts.isImportDeclaration(node)) {
    const { importClause, moduleSpecifier } = node;
    const isType =
      importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || namesOnlyTypes(importClause?.namedBindings);
    return { specifier: textOf(moduleSpecifier), isType, isBare: importClause === undefined, node };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const isType = node.isTypeOnly || namesOnlyTypes(node.exportClause);
    return { specifier: textOf(node.moduleSpecifier), isType, isBare: false, node };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: textOf(node.argument.literal), isType: true, isBare: false, node };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    if (argument !== undefined) return { specifier: textOf(argument), isType: false, isBare: false, node };
  }
  return undefined;
}

function namesOnlyTypes(names: NamedImportBindings | NamedExportBindings | undefined): boolean {
  if (names === undefined || !(ts.isNamedImports(names) || ts.isNamedExports(names))) return false;
  return names.elements.length > 0 && [...names.elements].every((name) => name.isTypeOnly);
}

function textOf(node: Node): string {
  return ts.isStringLiteralLike(node) ? node.text : node.getText();
}

/** The path that a relative import leads to, from the root of the repository; undefined for other imports. */
export function targetOf({ path }: Source, { specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
}

/** The package that an import names: `@scope/name` or `name`; undefined for relative imports and Node's own. */
export function dependencyOf({ specifier }: Import): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
