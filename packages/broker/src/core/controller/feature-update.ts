import type { Decision, Outcome, Refusal } from './decision.ts';
import { accepted, refusal } from './decision.ts';
import {
  elrFeature,
  kraftVersionFeature,
  mayLoseRecords,
  metadataVersionFeature,
  minInsyncReplicasRecord,
  type SupportedFeature,
  supportedFeatures,
} from './features.ts';
import { configsOf, type MetadataImage, resourceType } from './image.ts';
import type { MetadataRecord } from './records.ts';

/** How far a change may go: up only, down where nothing can be lost, or down in any case. */
export type FeatureChangeType = 'upgrade' | 'safe-downgrade' | 'unsafe-downgrade';

/** Kafka's numbers for them, in order from 0. */
export const featureChangeTypes: readonly (FeatureChangeType | undefined)[] = [
  undefined,
  'upgrade',
  'safe-downgrade',
  'unsafe-downgrade',
];

export interface FeatureUpdate {
  readonly name: string;
  readonly level: number;
  /** Undefined for a number that Kafka does not have. */
  readonly type: FeatureChangeType | undefined;
}

export interface UpdateFeaturesCommand {
  /** A later update of a feature replaces an earlier one. */
  readonly updates: readonly FeatureUpdate[];
  readonly validateOnly: boolean;
}

/** What the checks need to know besides the image. */
export interface FeatureContext {
  readonly nodeId: number;
  /** What holds for all topics without a setting of their own. */
  readonly minInsyncReplicas: number;
  /** The level of the quorum's own protocol, which is no part of the metadata. */
  readonly kraftVersion: number;
}

/** Changes the levels of features: all of them, or none. */
export function updateFeatures(
  image: MetadataImage,
  { updates, validateOnly }: UpdateFeaturesCommand,
  { nodeId, minInsyncReplicas, kraftVersion }: FeatureContext,
): Decision<Outcome> {
  const byName = new Map(updates.map((update) => [update.name, update]));
  const current = new Map([...image.features, [kraftVersionFeature, kraftVersion]]);
  const proposed = new Map(current);
  for (const { name, level } of byName.values()) proposed.set(name, level);
  for (const update of byName.values()) {
    const refused = updateFault(update, { nodeId, current, proposed });
    if (refused !== undefined) return { records: [], response: refused };
  }
  const records = [...byName.values()]
    .filter(({ name }) => name !== kraftVersionFeature)
    .map(({ name, level }): MetadataRecord => {
      return { type: 'featureLevelRecord', value: { name, featureLevel: level } };
    });
  const turnsElrOn = (image.features.get(elrFeature) ?? 0) === 0 && (byName.get(elrFeature)?.level ?? 0) > 0;
  const cluster = configsOf(image, { type: resourceType.broker, name: '' });
  if (turnsElrOn && !cluster.has('min.insync.replicas')) records.push(minInsyncReplicasRecord(minInsyncReplicas));
  if (validateOnly) return { records: [], response: accepted };
  const raised = byName.get(kraftVersionFeature)?.level ?? 0;
  return { records, response: accepted, kraftVersion: raised > kraftVersion ? raised : undefined };
}

interface Levels {
  readonly nodeId: number;
  readonly current: ReadonlyMap<string, number>;
  /** As they would be afterwards. */
  readonly proposed: ReadonlyMap<string, number>;
}

function updateFault(
  { name, level, type }: FeatureUpdate,
  { nodeId, current: levels, proposed }: Levels,
): Refusal | undefined {
  const refuse = (reason: string) =>
    refusal('INVALID_UPDATE_VERSION', `Invalid update version ${level} for feature ${name}. ${reason}`);
  if (type === undefined) return refuse('The controller does not support the given upgrade type.');
  const current = levels.get(name) ?? 0;
  if (level < 0) return refuse('A feature version cannot be less than 0.');
  const feature = supportedFeatures.find((supported) => supported.name === name);
  const unsupported = rangeFault(feature, level);
  if (unsupported !== undefined) return refuse(`Local controller ${nodeId} ${unsupported}`);
  if (feature === undefined) return refuse(`Feature ${name} not found.`);
  if (level < current && type === 'upgrade') {
    return refuse(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    );
  }
  if (level > current && type !== 'upgrade') return refuse("Can't downgrade to a newer version.");
  if (name === kraftVersionFeature && level < current) return refuse("Can't downgrade the version of this feature.");
  if (name === metadataVersionFeature) return metadataDowngradeFault({ from: current, to: level, type });
  const missing = dependencyFault(feature, level, proposed);
  return missing === undefined ? undefined : refuse(missing);
}

function rangeFault(feature: SupportedFeature | undefined, level: number): string | undefined {
  const { minVersion, maxVersion } = feature ?? { minVersion: 0, maxVersion: 0 };
  if (level >= minVersion && level <= maxVersion) return undefined;
  return maxVersion === 0 ? 'does not support this feature.' : `only supports versions ${minVersion}-${maxVersion}`;
}

function metadataDowngradeFault(change: {
  readonly from: number;
  readonly to: number;
  readonly type: FeatureChangeType;
}): Refusal | undefined {
  const { from, to, type } = change;
  if (to >= from || !mayLoseRecords(from, to)) return undefined;
  const reason =
    type === 'unsafe-downgrade'
      ? 'Unsafe metadata downgrade is not supported in this version.'
      : 'Refusing to perform the requested downgrade because it might delete metadata information.';
  return refusal('INVALID_UPDATE_VERSION', `Unsupported metadata.version downgrade from ${from} to ${to}. ${reason}`);
}

function dependencyFault(
  { name, metadataVersion }: SupportedFeature,
  level: number,
  proposed: ReadonlyMap<string, number>,
): string | undefined {
  if (level === 0 || (proposed.get(metadataVersionFeature) ?? 0) >= metadataVersion) return undefined;
  return `${name} could not be set to ${level} because it depends on metadata.version level ${metadataVersion}`;
}
