import { defineRecord } from '../schema/api.ts';
import { int8, nullable, string } from '../schema/field.ts';

/** A config of a resource is set, or removed when its value is null. */
export const configRecord = defineRecord({
  name: 'ConfigRecord',
  type: 4,
  versions: '0',
  flexible: '0+',
  fields: {
    resourceType: int8('0+'),
    resourceName: string('0+'),
    name: string('0+'),
    value: nullable(string('0+')),
  },
});
