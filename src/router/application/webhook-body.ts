import { UnreadableBodyError } from '../../channels/providers/webhook-delivery.js';
import type { StatusUpdate, WebhookElement } from '../../channels/providers/webhook-element.js';
import type { ClaimedEvent } from './claimed-event.js';

/** One status that may be applied, with the event it came in. */
export interface StatusElement {
  readonly event: ClaimedEvent;
  /** The channels with the account that it names, among those that the event's secret proved. Seldom more than one. */
  readonly channelIds: readonly string[];
  readonly status: StatusUpdate;
}

/** Something that is set apart, and why; `element` -1 stands for the whole body. */
export interface Fault {
  readonly event: ClaimedEvent;
  readonly element: number;
  readonly reason: string;
}

export interface ReadBody {
  readonly statuses: readonly StatusElement[];
  readonly faults: readonly Fault[];
}

export const WHOLE_BODY = -1;
const MOST_REASON_LENGTH = 500;

/**
 * Reads one stored body with its provider's parser. Never throws: what cannot be read is a fault of that element
 * alone, and what the parser itself cannot survive is a fault of that body alone.
 */
export function readBody(
  event: ClaimedEvent,
  parse: (event: ClaimedEvent) => readonly WebhookElement[],
  channelsOf: (accountRef: string | null) => readonly string[],
): ReadBody {
  const statuses: StatusElement[] = [];
  const faults: Fault[] = [];
  const wanted = event.elements === null ? null : new Set(event.elements);
  for (const update of updatesIn(event, parse, faults)) {
    if (wanted !== null && !wanted.has(update.element)) continue;
    if (update.kind !== 'status' && update.kind !== 'unreadable') continue;
    const fault = update.kind === 'unreadable' ? update.reason : faultOf(update);
    if (fault !== undefined) {
      faults.push({ event, element: update.element, reason: fault });
      continue;
    }
    const status = storable(update as StatusUpdate);
    const channelIds = channelsOf(status.accountRef);
    if (channelIds.length > 0) statuses.push({ event, channelIds, status });
    else
      faults.push({
        event,
        element: status.element,
        reason: 'it names an account that the secret which signed it does not belong to',
      });
  }
  return { statuses, faults };
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
    faults.push({ event, element: WHOLE_BODY, reason });
    return [];
  }
}

/** What Postgres would refuse, and with it every status in the same statement. */
function faultOf(status: StatusUpdate): string | undefined {
  if (Number.isNaN(status.at.getTime())) return 'its time is not one';
  if (status.providerId.includes('\0')) return 'its id holds a NUL';
  return undefined;
}

function storable(status: StatusUpdate): StatusUpdate {
  if (status.status !== 'failed') return status;
  return { ...status, code: plain(status.code ?? 'failed'), reason: plain(status.reason ?? '') };
}

function plain(text: string): string {
  return text.replaceAll('\0', '').slice(0, MOST_REASON_LENGTH);
}
