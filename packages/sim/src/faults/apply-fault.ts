import { unreachable } from '@nagare/base';
import type { World } from '../world/world.ts';
import { failpoints } from './failpoints.ts';
import type { Fault } from './fault.ts';

/** Lets the faults of a plan happen at their times. */
export function scheduleFaults(world: World): void {
  for (const fault of world.plan.faults) {
    world.sim.timers.after(fault.atMs, () => {
      if (world.isHealed) return;
      // A failpoint counts when it is reached.
      if (fault.kind !== 'failpoint') count(world, fault);
      applyFault(world, fault);
    });
  }
}

function count({ faultCounts }: World, { kind }: Fault): void {
  faultCounts.set(kind, (faultCounts.get(kind) ?? 0) + 1);
}

function applyFault(world: World, fault: Fault): void {
  const { broker } = world;
  switch (fault.kind) {
    case 'broker-crash':
      broker.end({ ending: 'crash', downMs: fault.downMs });
      return;
    case 'broker-power-loss':
      broker.end({ ending: 'power-loss', downMs: fault.downMs });
      return;
    case 'broker-restart':
      broker.restart(fault);
      return;
    case 'broker-pause':
      pauseBroker(world, fault.ms);
      return;
    case 'failpoint':
      setFailpoint(world, fault);
      return;
    case 'slow-disk':
    case 'disk-error':
    case 'disk-full':
      applyDiskFault(world, fault);
      return;
    case 'clock-jump':
      broker.platform.clock.jump(fault.byMs);
      return;
    case 'clock-rate': {
      const { clock } = broker.platform;
      clock.run(fault.rate);
      world.sim.timers.after(fault.ms, () => clock.run(1));
      return;
    }
    case 'client-crash':
    case 'client-pause':
    case 'zombie':
      applyClientFault(world, fault);
      return;
    default:
      applyNetworkFault(world, fault);
  }
}

function pauseBroker(world: World, ms: number): void {
  const { platform } = world.broker;
  platform.stop();
  world.sim.timers.after(ms, () => platform.resume());
}

/** The place is reached by the life that the broker has then, or by a later one. */
function setFailpoint(world: World, fault: Extract<Fault, { kind: 'failpoint' }>): void {
  const pattern = failpoints[fault.name] ?? /./;
  const { broker } = world;
  broker.trap({
    matches: (operation) => pattern.test(operation),
    nth: fault.nth,
    moment: fault.moment,
    spring: () => {
      if (world.isHealed) return;
      count(world, fault);
      broker.end(fault);
    },
  });
}

function applyDiskFault(world: World, fault: Extract<Fault, { kind: 'slow-disk' | 'disk-error' | 'disk-full' }>): void {
  const { broker, sim } = world;
  const { disk } = broker.platform;
  switch (fault.kind) {
    case 'slow-disk':
      world.weather.worsen({ syncMs: fault.syncMs }, fault.ms);
      return;
    case 'disk-error':
      disk.failNext(fault.operation);
      // An operator sees that a log is fenced, and starts the broker again.
      sim.timers.after(fault.repairMs, () => {
        if (!world.isHealed) broker.end({ ending: 'crash', downMs: 50 });
      });
      return;
    case 'disk-full':
      disk.faults.bytesMax = disk.usedBytes() + fault.roomBytes;
      sim.timers.after(fault.ms, () => {
        disk.faults.bytesMax = Number.POSITIVE_INFINITY;
        if (!world.isHealed) broker.end({ ending: 'crash', downMs: 50 });
      });
  }
}

function applyClientFault(
  world: World,
  fault: Extract<Fault, { kind: 'client-crash' | 'client-pause' | 'zombie' }>,
): void {
  const client = world.clients.find(({ name }) => name === fault.client);
  if (fault.kind === 'client-crash') client?.crash(fault);
  else client?.pause({ ms: fault.ms, hasSuccessor: fault.kind === 'zombie' });
}

type NetworkFault = Extract<
  Fault,
  { kind: 'resets' | 'refusals' | 'fragments' | 'slow-network' | 'partition' | 'stall' }
>;

function applyNetworkFault(world: World, fault: NetworkFault): void {
  const { sim, weather, broker } = world;
  switch (fault.kind) {
    case 'resets':
      weather.worsen({ resetRate: fault.rate }, fault.ms);
      return;
    case 'refusals':
      weather.worsen({ refuseRate: fault.rate }, fault.ms);
      return;
    case 'fragments':
      weather.worsen({ cutRate: fault.rate }, fault.ms);
      return;
    case 'slow-network':
      weather.worsen({ latencyMs: fault.latencyMs }, fault.ms);
      return;
    case 'partition':
      if (fault.direction !== 'to') sim.network.hold({ from: broker.name, ms: fault.ms });
      if (fault.direction !== 'from') sim.network.hold({ to: broker.name, ms: fault.ms });
      return;
    case 'stall': {
      const { connections } = sim.network;
      connections[fault.nth % Math.max(1, connections.length)]?.stall(fault.ms);
      return;
    }
    default:
      unreachable(fault);
  }
}
