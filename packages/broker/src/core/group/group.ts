import type { ClassicGroup } from './classic-group.ts';
import type { ConsumerGroup } from './consumer/consumer-group.ts';

/** A group of any kind; `kind` tells them apart. */
export type Group = ClassicGroup | ConsumerGroup;
