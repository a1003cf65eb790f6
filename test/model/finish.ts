import { isHeld, type World } from './send-world.js';
import { possibleSteps, type Step } from './send-step.js';

/** The next step of a world without faults: everybody awake, gates open, calls answered. Null when all is done. */
export function stepTowardsTheEnd(world: World): Step | null {
  const isBound = (batch: number): boolean =>
    world.workers.some(({ lease }) => lease !== null && lease.batch === batch && isHeld(world, lease));
  const isUseful = (step: Step): boolean => {
    switch (step.kind) {
      case 'wake':
      case 'resume':
      case 'land':
      case 'ring':
      case 'lease':
        return true;
      case 'call':
        return step.answer === 'accepted';
      case 'settle':
        return step.isForgotten;
      case 'barrier': {
        const { lease } = world.workers[step.worker]!;
        return (
          !step.isLate &&
          isHeld(world, lease!) &&
          step.rows.some((row) => world.rows[row]!.state === 'pending')
        );
      }
      case 'reap':
        return !isBound(step.batch);
      case 'release':
      case 'reapOrphan':
        return true;
      default:
        return false;
    }
  };
  const useful = [...possibleSteps(world)].filter(isUseful);
  return (
    ORDER.map((kind) => useful.find((step) => step.kind === kind)).find((step) => step !== undefined) ?? null
  );
}

const ORDER: readonly Step['kind'][] = [
  'wake',
  'settle',
  'call',
  'resume',
  'land',
  'barrier',
  'release',
  'reapOrphan',
  'reap',
  'ring',
  'lease',
];

/** What is left undone where nothing can happen any more. */
export function leftBehind(world: World): string[] {
  const rows = world.rows.flatMap(({ state }, index) =>
    state === 'pending' || state === 'inflight' ? [`message ${index} stays ${state}`] : [],
  );
  const batches = world.batches.flatMap(({ state }, index) =>
    state === 'done' ? [] : [`batch ${index} stays ${state}`],
  );
  return [...rows, ...batches];
}
