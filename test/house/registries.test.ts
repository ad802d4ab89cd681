import { renderSettings } from '@nagare/broker';
import { type Api, apis } from '@nagare/protocol';
import { operators } from '@nagare/streams';
import { describe, expect, test } from 'vitest';
import { namesIn, read } from './source-tree.ts';
import { codeIn, tableRows } from './tables.ts';

interface Versions {
  readonly min: number;
  readonly max: number;
}

/** The broker's handlers, which no door opens. */
const { handlers }: { readonly handlers: readonly { readonly api: Api; readonly advertised?: Versions }[] } =
  await import(new URL('../../packages/broker/src/api/registry.ts', import.meta.url).href);

const isApiFile = (name: string) => /^\d{2}-[a-z-]+\.ts$/.test(name);

/** The name of an API's file: its key and its name, `22-init-producer-id`. */
function stemOf({ key, name }: { readonly key: number; readonly name: string }): string {
  const words = name.replaceAll(/(?<!^)([A-Z])/g, '-$1').toLowerCase();
  return `${String(key).padStart(2, '0')}-${words}`;
}

describe('rule 1: one thing, one file, one name', () => {
  test('the messages are the files of their folder, by key', () => {
    const files = namesIn('packages/protocol/src/messages').filter(isApiFile);
    expect(Object.values(apis).map((api) => `${stemOf(api)}.ts`)).toEqual(files);
  });

  test('the handlers are the files of their folder, by key', () => {
    const files = namesIn('packages/broker/src/api').filter(isApiFile);
    expect(handlers.map(({ api }) => `${stemOf(api)}.ts`)).toEqual(files);
  });

  test('docs/apis.md lists what is described, and what the broker serves', () => {
    const served = new Map(handlers.map((handler) => [handler.api.key, handler]));
    const rows = Object.values(apis).map((api) => {
      const handler = served.get(api.key);
      return {
        Key: String(api.key),
        API: api.name,
        'Versions described': textOf(api.request.versions),
        'Versions advertised': handler === undefined ? '–' : textOf(handler.advertised ?? api.request.versions),
      };
    });
    expect(tableRows(read('docs/apis.md'))).toEqual(rows);
  });

  test('the operators are the files of their folder', () => {
    const rest = new Set(['define-operator', 'registry', ...sharedByOperators]);
    const files = namesIn('packages/streams/src/operators')
      .filter((name) => name.endsWith('.ts') && !/\.(test|d)\.ts$|-suite\.ts$/.test(name))
      .map((name) => name.slice(0, -'.ts'.length))
      .filter((stem) => !rest.has(stem));
    const stems = new Set(operators.map(({ name }) => fileOfOperator[name] ?? kebab(name)));
    expect([...stems].sort()).toEqual(files.sort());
  });

  test('docs/operators.md lists every operator with what it does to keys', () => {
    const rows = tableRows(read('docs/operators.md'), '## Operators');
    const expected = operators.map(({ name, node, keepsKey }) => ({ name, node, keepsKey: keepsKey ? 'yes' : 'no' }));
    const described = rows.map((row) => ({
      name: codeIn(row.Operator),
      node: codeIn(row['Node name']),
      keepsKey: row['Keeps the key'],
    }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(described.sort(byName)).toEqual(expected.sort(byName));
  });

  test('docs/config.md is the page that the tables of settings give (update with vitest -u)', async () => {
    await expect(renderSettings()).toMatchFileSnapshot('../../docs/config.md');
  });
});

/** Parts that several operators are made of. */
const sharedByOperators: readonly string[] = [
  'async-lane',
  'derive-rows',
  'foreign-key-answer',
  'final-results',
  'idle-time',
  'late-records',
  'null-key-filter',
  'pending-joins',
  'punctuation',
  'row-expiry',
  'session-aggregate',
  'sliding-aggregate',
  'window-aggregate',
];

/** Operators that differ too little from another for a file of their own. */
const fileOfOperator: Readonly<Record<string, string>> = {
  join: 'join-stream-table',
  leftJoin: 'join-stream-table',
  mapValuesAsync: 'map-async',
  processValues: 'process',
};

function kebab(name: string): string {
  return name.replaceAll(/([A-Z])/g, '-$1').toLowerCase();
}

function textOf({ min, max }: Versions): string {
  return min === max ? `${min}` : `${min}-${max}`;
}
