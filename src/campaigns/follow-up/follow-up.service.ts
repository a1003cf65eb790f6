import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { AuditLog } from '../../auth/audit-log.repository.js';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { variablesOf } from '../../channels/render-content.js';
import { Clock } from '../../common/clock.js';
import { Sql, type Queryable } from '../../database/sql.js';
import { ResendRepository } from '../../ledger/resend.repository.js';
import type { Audience } from '../audience/audience.js';
import { RecipientRepository } from '../audience/recipient.repository.js';
import { BulkNotRepeatableError } from '../bulk/bulk.errors.js';
import { planOf, type Campaign, type CampaignPlan } from '../campaign.js';
import { CampaignNotFoundError, CampaignStatusError } from '../campaign.errors.js';
import { CampaignRepository } from '../campaign.repository.js';
import { contentsOf } from '../variants/variant.js';
import { columnsOf, followUpName, type FollowedState } from './follow-up.js';
import { FollowUpRepeatsError, NobodyToFollowUpError } from './follow-up.errors.js';
import { UnreadRepository } from './unread.repository.js';

export interface FollowUpWish {
  readonly unreadAfterHours: number;
  readonly states: readonly FollowedState[];
  /** Null: the same again. */
  readonly content: MessageContent | null;
  readonly name: string | null;
  readonly isConfirmed: boolean;
}

/** Messages that one statement looks at. */
const STRETCH = 50_000;
const HOUR_MS = 3_600_000;

/**
 * A campaign to those who have the message of another one and did not read it. Not a resend: that takes the place of a
 * message that did not arrive, and here the first one stands, counts and keeps its statuses.
 */
@Injectable()
export class FollowUps {
  private readonly logger = new Logger('Campaigns');

  constructor(
    private readonly sql: Sql,
    private readonly campaigns: CampaignRepository,
    private readonly recipients: RecipientRepository,
    private readonly unread: UnreadRepository,
    private readonly dispatches: ResendRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** A draft with the plan of the other, and with these people as its list, as they are at this moment. */
  async make(principal: Principal, id: string, wish: FollowUpWish): Promise<Campaign> {
    const { workspaceId, keyName } = principal;
    const original = await this.campaigns.find(workspaceId, id);
    if (original === null) throw new CampaignNotFoundError(id);
    if (original.dispatchId === null) {
      throw new CampaignStatusError('followed up', original.status, 'nobody has a message of it.');
    }
    if (wish.content === null && original.content === null) throw new BulkNotRepeatableError(original.name);
    if (wish.content === null && !wish.isConfirmed) throw new FollowUpRepeatsError();
    return this.sql.transaction(async (tx) => {
      const draft = await this.campaigns.insert(tx, workspaceId, followUpPlan(original, wish), keyName);
      const rows = await this.copyPeople(tx, original, draft.id, wish);
      if (rows === 0) throw new NobodyToFollowUpError(wish.unreadAfterHours);
      // One bulk request may name a recipient more than once.
      const rejected =
        original.audience.kind === 'bulk' ? await this.recipients.markDuplicates(tx, draft.id) : 0;
      const audience = { ...listOf(original, wish), rows, rejected };
      const made = await this.campaigns.updatePlan(tx, draft.id, { ...planOf(draft), audience });
      const details = { followUpId: draft.id, recipients: rows - rejected, ...saidOf(wish) };
      await this.audit.add(tx, principal, { action: 'campaign.follow_up', subject: id, details });
      this.logger.log('a follow-up was made', { campaignId: id, followUpId: draft.id, recipients: rows });
      return made;
    });
  }

  /** Dispatch by dispatch: a campaign has one for each time that some of it was sent again. */
  private async copyPeople(
    tx: Queryable,
    { id, workspaceId }: Campaign,
    toCampaignId: string,
    { states, unreadAfterHours }: FollowUpWish,
  ): Promise<number> {
    const before = new Date(this.clock.nowMs() - unreadAfterHours * HOUR_MS);
    let written = 0;
    for (const dispatchId of await this.dispatches.dispatchesOf(id, tx)) {
      const of = { workspaceId, dispatchId, states, before };
      for (let after = 0, last = Infinity; after < last; after += STRETCH) {
        const at = { after, stretch: STRETCH, written };
        const { found, total } = await this.unread.copy(tx, toCampaignId, of, at);
        written += found;
        last = total;
      }
    }
    return written;
  }
}

function followUpPlan(original: Campaign, wish: FollowUpWish): CampaignPlan {
  const name = wish.name ?? followUpName(original.name);
  const plan = { ...planOf(original), name, audience: { ...listOf(original, wish), rows: 0, rejected: 0 } };
  return wish.content === null ? plan : { ...plan, content: wish.content, variants: null, winner: null };
}

type List = Omit<Extract<Audience, { readonly kind: 'file' }>, 'rows' | 'rejected'>;

/** As if it were a file of that name; the columns are what the first message knew of each. */
function listOf(original: Campaign, { unreadAfterHours }: FollowUpWish): List {
  const known = original.audience.kind === 'file' ? original.audience.columns : [];
  return {
    kind: 'file',
    fileName: `${original.name}: unread after ${unreadAfterHours} h`,
    columns: columnsOf(known, variablesOf(contentsOf(original))),
  };
}

function saidOf({ unreadAfterHours, states, content }: FollowUpWish) {
  return { unreadAfterHours, states, isSameContent: content === null };
}
