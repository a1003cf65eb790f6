/** A limit over a time: what is left of it now, and what each further window brings. */
export interface AbilityWindow {
  readonly left: number;
  readonly limit: number;
  readonly windowMs: number;
  /** Counts contacts, and each of them once; the others count messages. */
  readonly countsContacts?: true;
}

/** What a channel can send: its speed, under its long limits. */
export interface Ability {
  /** More than 0, and finite. */
  readonly perSecond: number;
  readonly windows: readonly AbilityWindow[];
}

/** What a channel can have sent after so many seconds. Grows with them, and without end. */
export function sendableIn({ perSecond, windows }: Ability, seconds: number): number {
  return windows.reduce(
    (most, { left, limit, windowMs }) =>
      Math.min(most, Math.max(0, left) + limit * Math.floor((seconds * 1000) / windowMs)),
    perSecond * seconds,
  );
}

/** When a channel has sent so many messages at the earliest. */
export function secondsFor({ perSecond, windows }: Ability, messages: number): number {
  if (messages <= 0) return 0;
  return windows.reduce((seconds, { left, limit, windowMs }) => {
    const more = messages - Math.max(0, left);
    return more <= 0 ? seconds : Math.max(seconds, (Math.ceil(more / limit) * windowMs) / 1000);
  }, messages / perSecond);
}

/** What is there for somebody who has a part of the channel, 0 to 1. */
export function partOf({ perSecond, windows }: Ability, part: number): Ability {
  return {
    perSecond: perSecond * part,
    windows: windows.map(({ left, limit, windowMs }) => ({
      left: left * part,
      limit: limit * part,
      windowMs,
    })),
  };
}

/** Somebody who has something to send already and may get more. */
export interface Bearer {
  readonly ability: Ability;
  readonly load: number;
}

export interface Filling {
  /** What each gets, in their order; together exactly what there was to give. */
  readonly given: readonly number[];
  /** When the last of those who got something is done. */
  readonly seconds: number;
}

const STEPS = 60;

/**
 * Gives messages to bearers so that the last of them is done as early as can be: none gets more than it can send by
 * then beside what it bears already. At least one bearer.
 */
export function fill(bearers: readonly Bearer[], messages: number): Filling {
  const roomAt = (seconds: number): number[] =>
    bearers.map(({ ability, load }) => Math.max(0, Math.floor(sendableIn(ability, seconds)) - load));
  const isEnough = (rooms: readonly number[]): boolean => sum(rooms) >= messages;
  if (messages <= 0) return { given: bearers.map(() => 0), seconds: 0 };
  let late = 1;
  while (!isEnough(roomAt(late))) late *= 2;
  let early = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (early + late) / 2;
    if (isEnough(roomAt(middle))) late = middle;
    else early = middle;
  }
  return { given: trimmed(roomAt(early), roomAt(late), messages), seconds: late };
}

/** Between what there is room for just before the end and at it, as much more as is needed, to each its part. */
function trimmed(least: readonly number[], most: readonly number[], messages: number): number[] {
  const given = [...least];
  let missing = messages - sum(least);
  const spread = sum(most) - sum(least);
  const wanted = missing;
  for (const [index, room] of most.entries()) {
    const part = Math.min(missing, Math.floor(((room - least[index]!) * wanted) / spread));
    given[index]! += part;
    missing -= part;
  }
  for (const [index, room] of most.entries()) {
    const part = Math.min(missing, room - given[index]!);
    given[index]! += part;
    missing -= part;
  }
  return given;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
