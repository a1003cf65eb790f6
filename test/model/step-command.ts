import fc from 'fast-check';
import { brokenBy } from './invariants.js';
import { leftBehind, stepTowardsTheEnd } from './finish.js';
import { possibleSteps, type Step, type StepKind } from './send-step.js';
import type { World } from './send-world.js';
import { takeStep } from './take-step.js';

/** The model as fast-check carries it from command to command. */
export interface Model {
  world: World;
  /** What was done, in order: the trace of a failure. */
  readonly steps: Step[];
}

/** Something that does the same steps for real; it throws where it comes to something else than the model. */
export interface Rival {
  take(before: World, step: Step, after: World): Promise<void>;
}

/** Nothing but the model. */
export const NO_RIVAL: Rival = { take: () => Promise.resolve() };

/** What never happens often enough by chance is drawn more often. */
const WEIGHTS: Readonly<Record<StepKind, number>> = {
  lease: 6,
  barrier: 8,
  call: 10,
  settle: 8,
  release: 4,
  reap: 3,
  reapOrphan: 3,
  status: 5,
  land: 2,
  releaseBeside: 3,
  ring: 3,
  crash: 1,
  freeze: 1,
  wake: 2,
  pause: 1,
  resume: 3,
  cancel: 1,
  optOut: 1,
  reachHorizon: 1,
  lookUp: 1,
  resend: 1,
  loseRedis: 1,
};

/** One step of a kind; which one, is chosen among those that are possible when its turn comes. */
class StepCommand implements fc.AsyncCommand<Model, Rival> {
  private taken: Step | null = null;

  constructor(
    private readonly kind: StepKind,
    private readonly pick: number,
  ) {}

  check({ world }: Readonly<Model>): boolean {
    return this.choose(world) !== null;
  }

  async run(model: Model, rival: Rival): Promise<void> {
    this.taken = this.choose(model.world)!;
    await take(model, this.taken, rival);
  }

  toString(): string {
    return JSON.stringify(this.taken ?? this.kind);
  }

  private choose(world: World): Step | null {
    const steps = [...possibleSteps(world)].filter(({ kind }) => kind === this.kind);
    return steps[this.pick % Math.max(1, steps.length)] ?? null;
  }
}

/** Takes one step on both sides; throws with the whole trace when a promise breaks. */
export async function take(model: Model, step: Step, rival: Rival): Promise<void> {
  const before = model.world;
  model.steps.push(step);
  model.world = takeStep(before, step);
  const broken = brokenBy(before, step, model.world);
  if (broken.length > 0) throw new Error(`${broken.join('; ')}\n${traceOf(model)}`);
  await rival.take(before, step, model.world);
}

/** Heals every fault and goes on until nothing is left to do: nothing may be left behind. */
export async function finish(model: Model, rival: Rival): Promise<void> {
  for (let step = stepTowardsTheEnd(model.world); step !== null; step = stepTowardsTheEnd(model.world))
    await take(model, step, rival);
  const left = leftBehind(model.world);
  if (left.length > 0) throw new Error(`${left.join('; ')}\n${traceOf(model)}`);
}

export function traceOf({ steps }: Model): string {
  return steps.map((step) => `  ${JSON.stringify(step)}`).join('\n');
}

/** Most commands find nothing of their kind to do and are passed over: one in four or five becomes a step. */
export function stepSequences(maxCommands: number, without: readonly StepKind[] = []) {
  const kinds = (Object.keys(WEIGHTS) as StepKind[]).filter((kind) => !without.includes(kind));
  const command = fc
    .tuple(
      fc.oneof(...kinds.map((kind) => ({ arbitrary: fc.constant(kind), weight: WEIGHTS[kind] }))),
      fc.nat({ max: 1000 }),
    )
    .map(([kind, pick]) => new StepCommand(kind, pick));
  // Without bias: it would make most sequences too short to get anywhere.
  return fc.noBias(fc.commands([command], { maxCommands, size: 'max' }));
}

/** The seed of this run, for the titles of its tests: FAST_CHECK_SEED=… runs the same sequences again. */
export const SEED = Number(process.env.FAST_CHECK_SEED ?? Math.floor(Math.random() * 2 ** 31));
