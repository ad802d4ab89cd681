import { plantBug } from '@nagare/broker/testing';
import { planOf, runPlan, scenarioNamed } from '@nagare/sim';
const t0 = performance.now();
for (const [bug, name, count] of [['timeouts-not-enforced', 'transactions', 25], ['generation-not-checked', 'groups', 40], ['unstable-offsets-told', 'exactly-once', 60]] as const) {
  const scenario = scenarioNamed(name);
  const takeOut = plantBug(bug);
  let runs = 0;
  for (let seed = 1; seed < 2000 && runs < count; seed++) {
    const plan = planOf(scenario, seed);
    if (name !== 'transactions' && !plan.faults.some((f) => (f.kind === 'client-pause' || f.kind === 'zombie') && f.ms > 3000 && !f.client.startsWith('prod'))) continue;
    runs++;
    const r = await runPlan(plan, { scenario });
    if (r.errors.length > 0) { console.log(bug, seed, runs, r.errors[0]?.name, r.errors[0]?.text); break; }
  }
  console.log(bug, runs, Math.round((performance.now() - t0) / 1000));
  takeOut();
}
