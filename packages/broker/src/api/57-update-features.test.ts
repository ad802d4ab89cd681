import { apis, errorCode, type RequestDraftOf } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { type HandlerBroker, startHandlerBroker } from '../testing/handler-broker.ts';
import { handleUpdateFeatures } from './57-update-features.ts';

let broker: HandlerBroker;
beforeEach(async () => {
  broker = await startHandlerBroker();
});

type Update = RequestDraftOf<typeof apis.updateFeatures>['featureUpdates'][number];

function update(featureUpdates: readonly Update[], options: { version?: number; validateOnly?: boolean } = {}) {
  const { version = 1, validateOnly = false } = options;
  const body = { timeoutMs: 1_000, featureUpdates, ...(version > 0 && { validateOnly }) };
  return broker.ask(apis.updateFeatures, handleUpdateFeatures, { version, body });
}

const levelOf = (name: string) => broker.controller.image().features.get(name) ?? 0;
const upgrade = 1;
const safe = 2;
const unsafe = 3;

describe('UpdateFeatures', () => {
  test('v1 tells of each feature, v2 only of the whole', async () => {
    const same = { feature: 'group.version', maxVersionLevel: 1, upgradeType: upgrade };
    expect(await update([same])).toMatchObject({
      ...{ errorCode: 0, errorMessage: null },
      results: [{ feature: 'group.version', errorCode: 0, errorMessage: 'NONE' }],
    });
    expect(await update([same], { version: 2 })).toMatchObject({ errorCode: 0, results: [] });
    expect(await update([])).toMatchObject({ errorCode: 0, results: [] });
  });

  test('a level stays after a change, and not after a dry run', async () => {
    const lower = { feature: 'transaction.version', maxVersionLevel: 1, upgradeType: safe };
    await update([lower], { validateOnly: true });
    expect(levelOf('transaction.version')).toBe(2);
    await update([lower]);
    expect(levelOf('transaction.version')).toBe(1);
    await update([{ ...lower, maxVersionLevel: 0, upgradeType: unsafe }]);
    expect(broker.controller.image().features.has('transaction.version')).toBe(false);
    await update([{ ...lower, maxVersionLevel: 2, upgradeType: upgrade }]);
    expect(levelOf('transaction.version')).toBe(2);
  });

  const downgradeNeedsType =
    "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.";
  const losesMetadata = 'Refusing to perform the requested downgrade because it might delete metadata information.';
  test.each([
    [
      'transaction.version',
      1,
      upgrade,
      `Invalid update version 1 for feature transaction.version. ${downgradeNeedsType}`,
    ],
    [
      'group.version',
      2,
      upgrade,
      'Invalid update version 2 for feature group.version. Local controller 1 only supports versions 0-1',
    ],
    [
      'group.version',
      -1,
      safe,
      'Invalid update version -1 for feature group.version. A feature version cannot be less than 0.',
    ],
    [
      'group.version',
      1,
      0,
      'Invalid update version 1 for feature group.version. The controller does not support the given upgrade type.',
    ],
    [
      'group.version',
      1,
      9,
      'Invalid update version 1 for feature group.version. The controller does not support the given upgrade type.',
    ],
    [
      'nope',
      1,
      upgrade,
      'Invalid update version 1 for feature nope. Local controller 1 does not support this feature.',
    ],
    ['nope', 0, upgrade, 'Invalid update version 0 for feature nope. Feature nope not found.'],
    [
      'metadata.version',
      31,
      upgrade,
      'Invalid update version 31 for feature metadata.version. Local controller 1 only supports versions 7-30',
    ],
    [
      'metadata.version',
      6,
      unsafe,
      'Invalid update version 6 for feature metadata.version. Local controller 1 only supports versions 7-30',
    ],
    ['metadata.version', 29, upgrade, `Invalid update version 29 for feature metadata.version. ${downgradeNeedsType}`],
    ['metadata.version', 29, safe, `Unsupported metadata.version downgrade from 30 to 29. ${losesMetadata}`],
    [
      'metadata.version',
      29,
      unsafe,
      'Unsupported metadata.version downgrade from 30 to 29. Unsafe metadata downgrade is not supported in this version.',
    ],
    [
      'kraft.version',
      2,
      upgrade,
      'Invalid update version 2 for feature kraft.version. Local controller 1 only supports versions 0-1',
    ],
  ])('%s to %i as type %i is refused', async (feature, maxVersionLevel, upgradeType, reason) => {
    const before = broker.controller.image();
    const good = { feature: 'eligible.leader.replicas.version', maxVersionLevel: 0, upgradeType: safe };
    expect(await update([good, { feature, maxVersionLevel, upgradeType }])).toMatchObject({
      errorCode: errorCode.INVALID_UPDATE_VERSION,
      errorMessage: `The update failed for all features since the following feature had an error: ${reason}`,
      results: [],
    });
    expect(broker.controller.image()).toBe(before);
  });

  test('one that is switched off can only be switched on by an upgrade', async () => {
    const feature = 'group.version';
    await update([{ feature, maxVersionLevel: 0, upgradeType: safe }]);
    expect((await update([{ feature, maxVersionLevel: 1, upgradeType: safe }])).errorMessage).toContain(
      "Can't downgrade to a newer version.",
    );
    expect((await update([{ feature, maxVersionLevel: 1, upgradeType: upgrade }])).errorCode).toBe(0);
  });

  test('the level of the quorum goes up once and never down', async () => {
    const feature = 'kraft.version';
    const raise = { feature, maxVersionLevel: 1, upgradeType: upgrade };
    expect((await update([{ feature, maxVersionLevel: 0, upgradeType: upgrade }])).errorCode).toBe(0);
    expect((await update([raise], { validateOnly: true })).errorCode).toBe(0);
    expect(broker.controller.kraftVersion).toBe(0);
    expect((await update([raise])).errorCode).toBe(0);
    expect((await update([raise])).errorCode).toBe(0);
    expect(broker.controller.kraftVersion).toBe(1);
    expect(broker.controller.image().features.has(feature)).toBe(false);
    expect((await update([{ feature, maxVersionLevel: 0, upgradeType: safe }])).errorMessage).toContain(
      "Invalid update version 0 for feature kraft.version. Can't downgrade the version of this feature.",
    );
  });

  test('v0 says by a flag whether it may go down', async () => {
    const lower = { feature: 'group.version', maxVersionLevel: 0 };
    expect((await update([lower], { version: 0 })).errorCode).toBe(errorCode.INVALID_UPDATE_VERSION);
    expect((await update([{ ...lower, allowDowngrade: true }], { version: 0 })).errorCode).toBe(0);
  });

  test('the last of several updates of a feature counts', async () => {
    const feature = 'group.version';
    const updates = [
      { feature, maxVersionLevel: 1, upgradeType: upgrade },
      { feature, maxVersionLevel: 0, upgradeType: safe },
    ];
    expect((await update(updates)).results).toHaveLength(2);
    expect(levelOf(feature)).toBe(0);
  });
});
