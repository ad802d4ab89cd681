import type { StreamRecord } from '../record.ts';
import { filter } from '../rx.ts';
import type { Run } from '../topology/topology.ts';

/** Stands before a repartition topic: a record without a key belongs to no partition there. */
export const nullKeyFilter: Run = () => filter((record) => (record as StreamRecord<unknown, unknown>).key !== null);
