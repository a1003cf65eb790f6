import { assertNever } from '../common/assert-never.js';
import type { Campaign } from './campaign.js';

/** Why a campaign is not sending right now. `code` is stable, `text` is for people. */
export interface CampaignReason {
  readonly code: string;
  readonly text: string;
  /** ISO 8601; null where the moment is not known. */
  readonly since: string | null;
}

/** What the campaign itself says; null when it is sending, and then only its channels can say why it is not. */
export function reasonOf(campaign: Campaign): CampaignReason | null {
  const because = (code: string, text: string): CampaignReason => ({
    code,
    text,
    since: campaign.statusAt.toISOString(),
  });
  const { status, statusBy, statusReason } = campaign;
  switch (status) {
    case 'draft':
      return because('not_started', 'Nobody has started it yet.');
    case 'scheduled':
      return because('scheduled', 'It waits for its time.');
    case 'preparing':
      return because('preparing', 'Its recipients are being prepared.');
    case 'sending':
      return null;
    case 'pausing':
      return because('pausing', `${statusBy} paused it; calls that had begun are being finished.`);
    case 'paused':
      return because('paused', `${statusBy} paused it.`);
    case 'held':
      return because('held', statusReason ?? 'A person must confirm that it may go on.');
    case 'stopping':
      return because(
        'stopping',
        statusReason ?? `${statusBy} stopped it; what was not sent is being cancelled.`,
      );
    case 'stopped':
      return because('stopped', statusReason ?? `${statusBy} stopped it.`);
    case 'completed':
      return because('completed', 'Every recipient is settled.');
    case 'failed':
      return because('failed', statusReason ?? 'It could not be prepared.');
    default:
      return assertNever(status);
  }
}
