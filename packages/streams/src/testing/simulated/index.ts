export { DiskStore } from './disk-store.ts';
export type { PlantedStreamsBug } from './planted-bugs.ts';
export { plantedStreamsBugs, plantStreamsBug } from './planted-bugs.ts';
