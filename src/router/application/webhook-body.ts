import type { InboundBody } from '../../channels/providers/inbound-message.js';
import { UnreadableBodyError } from '../../channels/providers/webhook-delivery.js';
import type { StatusUpdate, WebhookElement } from '../../channels/providers/webhook-element.js';
import type { ClaimedEvent } from './claimed-event.js';
import { isNestedDeeper } from './nesting.js';

/** What something can be made of, and what is said of a channel. */
export type Actionable = Exclude<WebhookElement, { kind: 'ignored' | 'unreadable' }>;

/** One element that may be applied, with the event it came in. */
export interface PlacedElement<Update extends Actionable = Actionable> {
  readonly event: ClaimedEvent;
  /** The channels with the account that it names, among those that the event's proof allows. Seldom more than one. */
  readonly channelIds: readonly string[];
  readonly update: Update;
}

export type StatusElement = PlacedElement<StatusUpdate>;

/** Something that is set apart, and why; `element` -1 stands for the whole body. */
export interface Fault {
  readonly event: ClaimedEvent;
  readonly element: number;
  readonly reason: string;
}

export interface ReadBody {
  readonly elements: readonly PlacedElement[];
  /** What names an account that no channel is known to have among those that the proof allows. */
  readonly strangers: readonly PlacedElement[];
  readonly faults: readonly Fault[];
}

export const WHOLE_BODY = -1;
const MOST_REASON_LENGTH = 500;
/** Fifty times what Meta puts into one body. Four megabytes hold two million of nothing, each of which would be a row. */
const MOST_ELEMENTS = 50_000;
/** Of what is kept as it came. Writing down some thousand overflows the stack, here and in whoever reads it later. */
const MOST_LEVELS = 100;

/**
 * Reads one stored body with its provider's parser. Never throws: what cannot be read is a fault of that element
 * alone, and what the parser itself cannot survive is a fault of that body alone.
 */
export function readBody(
  event: ClaimedEvent,
  parse: (event: ClaimedEvent) => readonly WebhookElement[],
  channelsOf: (update: Actionable) => readonly string[],
): ReadBody {
  const elements: PlacedElement[] = [];
  const strangers: PlacedElement[] = [];
  const faults: Fault[] = [];
  const wanted = event.elements === null ? null : new Set(event.elements);
  const updates = updatesIn(event, parse, faults);
  if (updates.length > MOST_ELEMENTS) {
    const reason = `it holds ${updates.length} elements, and ${MOST_ELEMENTS} of one body are read at most`;
    return { elements, strangers, faults: [{ event, element: WHOLE_BODY, reason }] };
  }
  for (const update of updates) {
    if (wanted !== null && !wanted.has(update.element)) continue;
    if (update.kind === 'ignored') continue;
    const fault = update.kind === 'unreadable' ? update.reason : faultOf(update);
    if (fault !== undefined) {
      faults.push({ event, element: update.element, reason: plain(fault) });
      continue;
    }
    const actionable = update as Actionable;
    const channelIds = channelsOf(actionable);
    const placed = { event, channelIds, update: storable(actionable) };
    (channelIds.length > 0 ? elements : strangers).push(placed);
  }
  return { elements, strangers, faults };
}

export function faultIn({ event, update }: PlacedElement, reason: string): Fault {
  return { event, element: update.element, reason };
}

function updatesIn(
  event: ClaimedEvent,
  parse: (event: ClaimedEvent) => readonly WebhookElement[],
  faults: Fault[],
): readonly WebhookElement[] {
  try {
    return parse(event);
  } catch (error) {
    const { message } = error as Error;
    const reason = error instanceof UnreadableBodyError ? message : `the parser failed: ${message}`;
    faults.push({ event, element: WHOLE_BODY, reason: plain(reason) });
    return [];
  }
}

/** What our own code or Postgres would not survive, and with it every element in the same statement. */
function faultOf(update: WebhookElement): string | undefined {
  if ('at' in update && update.at !== null && Number.isNaN(update.at.getTime())) return 'its time is not one';
  if (update.kind === 'status' && update.providerId.includes('\0')) return 'its id holds a NUL';
  if (update.kind === 'preference' && update.person.includes('\0')) return 'the person it names holds a NUL';
  if (update.kind === 'inbound' && isTooDeep(update.message.body))
    return `what it says is nested deeper than ${MOST_LEVELS} levels`;
  return undefined;
}

function isTooDeep(body: InboundBody): boolean {
  return body.type === 'unknown' && isNestedDeeper(body.raw, MOST_LEVELS);
}

function storable(update: Actionable): Actionable {
  if (update.kind !== 'status' || update.status !== 'failed') return update;
  return { ...update, code: plain(update.code ?? 'failed'), reason: plain(update.reason ?? '') };
}

function plain(text: string): string {
  return text.replaceAll('\0', '').slice(0, MOST_REASON_LENGTH);
}
