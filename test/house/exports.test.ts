import { describe, expect, test } from 'vitest';
import { type Node, ts } from './compiler.ts';
import { doorsOf, packageNames, sources } from './source-tree.ts';

const doors = packageNames.flatMap((name) => [...doorsOf(name)]);

describe('rule 10: what a package exports is decided on purpose (update with vitest -u)', () => {
  test.each(doors)('%s', async (door, path) => {
    const source = sources().find((each) => each.path === path);
    const names = (source?.syntax.statements ?? []).flatMap(exportedNames).sort();
    expect(names).not.toEqual([]);
    const file = door.replace('@nagare/', '').replaceAll('/', '-');
    await expect(`${names.join('\n')}\n`).toMatchFileSnapshot(`exports/${file}.txt`);
  });
});

/** The names that a statement exports; types are marked. */
function exportedNames(statement: Node): string[] {
  if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined) {
    if (!ts.isNamedExports(statement.exportClause)) return [statement.exportClause.name.text];
    return statement.exportClause.elements.map(({ name, isTypeOnly }) =>
      statement.isTypeOnly || isTypeOnly ? `${name.text} type` : name.text,
    );
  }
  const isExported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
  if (!isExported) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
    return [`${statement.name.text} type`];
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return [statement.name?.getText() ?? ''];
  return [];
}
