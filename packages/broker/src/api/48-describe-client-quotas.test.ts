import { apis, type ErrorName, errorCode } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { startHandlerBroker } from '../testing/handler-broker.ts';
import { handleDescribeClientQuotas } from './48-describe-client-quotas.ts';

const [exact, byDefault, specified] = [0, 1, 2] as const;
type Asked = readonly [entityType: string, matchType: number, match: string | null];

async function ask(...asked: readonly Asked[]) {
  const broker = await startHandlerBroker();
  const components = asked.map(([entityType, matchType, match]) => ({ entityType, matchType, match }));
  const body = { components, strict: false };
  return broker.ask(apis.describeClientQuotas, handleDescribeClientQuotas, { version: 1, body });
}

describe('DescribeClientQuotas', () => {
  test('tells of no quotas, whoever is asked for', async () => {
    const nothing = { errorCode: 0, errorMessage: null, entries: [] };
    expect(await ask()).toMatchObject(nothing);
    expect(await ask(['user', exact, 'alice'], ['client-id', byDefault, null])).toMatchObject(nothing);
    expect(await ask(['ip', specified, null])).toMatchObject(nothing);
  });

  test.each<[string, ErrorName, Asked[]]>([
    ['no entity type', 'INVALID_REQUEST', [['', exact, 'a']]],
    ['an unknown entity type', 'UNSUPPORTED_VERSION', [['group', exact, 'a']]],
    [
      'an entity type twice',
      'INVALID_REQUEST',
      [
        ['user', exact, 'a'],
        ['user', exact, 'b'],
      ],
    ],
    [
      'an ip and a user',
      'INVALID_REQUEST',
      [
        ['ip', exact, 'a'],
        ['user', exact, 'b'],
      ],
    ],
    ['no name', 'INVALID_REQUEST', [['user', exact, null]]],
    ['a name for the default', 'INVALID_REQUEST', [['user', byDefault, 'a']]],
    ['a name for all', 'INVALID_REQUEST', [['user', specified, 'a']]],
    ['an unknown kind of match', 'INVALID_REQUEST', [['user', 3, null]]],
  ])('refuses %s with %s', async (_, error, asked) => {
    expect(await ask(...asked)).toMatchObject({ errorCode: errorCode[error], entries: null });
  });
});
