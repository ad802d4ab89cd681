import { plantedBugs } from '@nagare/broker/testing';
import { scenarioOfBug, seedThatFinds } from './planted-bugs.ts';

process.on('unhandledRejection', (e) => console.log('UNHANDLED', e));
const wanted = process.argv.slice(3);
for (const bug of plantedBugs) {
  if (wanted.length > 0 && !wanted.includes(bug)) continue;
  const t = performance.now();
  const found = await seedThatFinds(bug, Number(process.argv[2]));
  console.log(
    bug,
    scenarioOfBug[bug],
    found?.seed,
    found?.result.errors[0]?.name,
    (found?.result.errors[0]?.text ?? '').slice(0, 150),
    ((performance.now() - t) / 1000).toFixed(0) + 's',
  );
}
