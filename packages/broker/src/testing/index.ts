export type { PlantedBug } from './planted-bugs.ts';
export { plantBug, plantedBugs } from './planted-bugs.ts';
export { mutated, randomRequest } from './random-request.ts';
