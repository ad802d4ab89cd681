export type { PlantedBug } from './planted-bugs.ts';
export { plantBug } from './planted-bugs.ts';
