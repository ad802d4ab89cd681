import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../tools/paths.ts';
import { ts } from './compiler.ts';
import { filesBelow, manifestOf, packageNames, packageOf, read } from './source-tree.ts';
import { codeIn, tableRows } from './tables.ts';

const pages = filesBelow('').filter((path) => path.endsWith('.md'));
const example = 'examples/first-steps/main.ts';

describe('rule 6: every error that a caller can act on is explained', () => {
  test('docs/errors.md has the codes and texts of every table, and no other', () => {
    const inCode = packageNames.flatMap(errorsOf);
    const inManual = tableRows(read('docs/errors.md')).map((row) => [codeIn(row.Code), row['What happened']]);
    expect(inManual.toSorted(byCode)).toEqual(inCode.toSorted(byCode));
  });

  test('every row says what to do', () => {
    const silent = tableRows(read('docs/errors.md')).filter((row) => !row['What to do']);
    expect(silent.map((row) => row.Code)).toEqual([]);
  });

  test('codes begin with the package that they come from', () => {
    for (const name of packageNames) {
      const codes = errorsOf(name).map(([code]) => code);
      expect(codes.filter((code) => !code?.startsWith(`NAGARE_${name.toUpperCase()}_`))).toEqual([]);
    }
  });
});

/** The entries of a package's error table: code and text. */
function errorsOf(packageName: string): string[][] {
  const path = `packages/${packageName}/src/errors.ts`;
  if (!existsSync(join(repositoryRoot, path))) return [];
  return [...read(path).matchAll(/^ {2}(NAGARE_\w+):\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)"),$/gm)].map(
    ([, code = '', single, double]) => [code, (single ?? double ?? '').replaceAll(/\\(.)/g, '$1')],
  );
}

function byCode([a = '']: readonly (string | undefined)[], [b = '']: readonly (string | undefined)[]): number {
  return a < b ? -1 : 1;
}

describe('the manual', () => {
  test('relative links lead somewhere, to headings that are there', () => {
    const broken = pages.flatMap((page) =>
      linksIn(page)
        .filter((link) => !leadsSomewhere(page, link))
        .map((link) => `${page} → ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test('every page of docs/ can be reached from the README', () => {
    const reached = new Set<string>();
    const follow = (page: string) => {
      if (reached.has(page) || !page.endsWith('.md')) return;
      reached.add(page);
      for (const link of linksIn(page)) {
        const target = posix.join(posix.dirname(page), link.split('#')[0] ?? '');
        if (pages.includes(target)) follow(target);
      }
    };
    follow('README.md');
    expect(pages.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([]);
  });

  test('paths in backquotes exist', () => {
    const rooted = /^(packages|docs|test|bench|examples)\/[\w./-]*$/;
    const inPackage = /^src\/[\w./-]*$/;
    const isPattern = /\/(NN-)?name\.ts$/;
    const pathsIn = (page: string) => {
      const own = packageOf(page);
      return [...textOf(page).matchAll(/`([^`\s]+)`/g)].flatMap(([, path = '']) => {
        if (rooted.test(path)) return [path];
        return own !== undefined && inPackage.test(path) ? [`packages/${own}/${path}`] : [];
      });
    };
    const missing = pages.flatMap((page) =>
      pathsIn(page)
        .filter((path) => !isPattern.test(path) && !existsSync(join(repositoryRoot, path)))
        .map((path) => `${page}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  test('every package says what it is, where to start, what its files are, and what is not obvious', () => {
    for (const name of packageNames) {
      const headings = [...read(`packages/${name}/README.md`).matchAll(/^#+ (.*)$/gm)].map(([, text]) => text);
      const expected = [manifestOf(name).name, 'Where to start reading', 'Files', 'Not obvious'];
      expect(headings.slice(0, 4), name).toEqual(expected);
    }
  });
});

function textOf(page: string): string {
  return read(page).replaceAll(/^```[\s\S]*?^```/gm, '');
}

function linksIn(page: string): string[] {
  return [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^\w+:/.test(link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? page : posix.join(posix.dirname(page), path);
  if (!existsSync(join(repositoryRoot, target))) return false;
  return heading === undefined || (target.endsWith('.md') && anchorsIn(target).includes(heading));
}

function anchorsIn(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the README', () => {
  test('shows the example that the type checker and this test see', () => {
    const [, block] = /```ts\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
    expect(block).toBe(read(example));
  });

  test('says what the example prints', { timeout: 60_000 }, async () => {
    const args = ['--import', 'tsx', '--conditions=@nagare/source', example];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: repositoryRoot, timeout: 50_000 });
    const [, promised] = /```text\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
    expect(stdout).toBe(promised);
  });

  test('has a manual of the embedded broker that shows tests which run', () => {
    const [, block] = /```ts\n([\s\S]*?)```/.exec(read('docs/embedded.md')) ?? [];
    expect(block).toBe(read('examples/first-steps/orders.test.ts'));
  });

  test('has a manual of test drivers that shows tests which run', () => {
    const [, block] = /```ts\n([\s\S]*?)```/.exec(read('docs/testing.md')) ?? [];
    expect(block).toBe(read('examples/first-steps/topology.test.ts'));
  });

  test('shows code of the manual that is TypeScript', () => {
    const faulty = pages.flatMap((page) =>
      [...read(page).matchAll(/^```ts\n([\s\S]*?)^```/gm)]
        .filter(([, block = '']) => !parses(block))
        .map(([, block = '']) => `${page}: ${block.split('\n')[0]}`),
    );
    expect(faulty).toEqual([]);
  });
});

function parses(block: string): boolean {
  const { diagnostics } = ts.transpileModule(block, { reportDiagnostics: true });
  return (diagnostics ?? []).length === 0;
}

describe('rule 10: each dependency was decided', () => {
  test('DECISIONS.md has a row for every runtime dependency, and for no other', () => {
    const used = packageNames.flatMap((name) => {
      const { dependencies = {}, optionalDependencies = {} } = manifestOf(name);
      return Object.keys({ ...dependencies, ...optionalDependencies }).filter((each) => !each.startsWith('@nagare/'));
    });
    const decided = tableRows(read('DECISIONS.md'), '## Dependencies').map((row) => codeIn(row.Package));
    expect(decided.toSorted()).toEqual([...new Set(used)].sort());
  });

  test('decisions are numbered one after the other and have their four parts', () => {
    const decisions = read('DECISIONS.md').split(/^### /m).slice(1);
    expect(decisions.map((text) => text.slice(0, 5))).toEqual(
      decisions.map((_, index) => `D-${String(index + 1).padStart(3, '0')}`),
    );
    const parts = ['Status', 'Decision', 'Rationale', 'Consequence'];
    const incomplete = decisions.filter((text) => !parts.every((part) => text.includes(`**${part}.**`)));
    expect(incomplete.map((text) => text.split('\n')[0])).toEqual([]);
  });
});
