export { type DiskSubject, diskSuite } from './disk-suite.ts';
export { type NetworkSubject, networkSuite } from './network-suite.ts';
export { type Run, runAtOnce } from './subject.ts';
export { type TimersSubject, timersSuite } from './timers-suite.ts';
