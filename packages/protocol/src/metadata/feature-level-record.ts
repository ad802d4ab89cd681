import { defineRecord } from '../schema/api.ts';
import { int16, string } from '../schema/field.ts';

/** A feature is set to a level. */
export const featureLevelRecord = defineRecord({
  name: 'FeatureLevelRecord',
  type: 12,
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+'),
    featureLevel: int16('0+'),
  },
});
