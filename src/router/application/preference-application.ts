import { Injectable } from '@nestjs/common';
import type { PreferenceElement } from '../../channels/providers/webhook-element.js';
import type { Queryable } from '../../database/sql.js';
import { SuppressionRepository } from '../../ledger/suppression.repository.js';
import { MessageTargetRepository } from './message-target.repository.js';
import type { PlacedElement } from './webhook-body.js';

const SOURCE = 'provider';
const REASON = 'the person told the provider to stop marketing messages';

/** What one workspace is told of one person; the newest word counts. */
interface Wish {
  readonly workspaceId: string;
  readonly update: PreferenceElement;
}

/**
 * What people told the provider they want: stop suppresses at once, running campaigns included (the barrier looks);
 * resume lifts what such a stop suppressed, and nothing that the person said in another way.
 */
@Injectable()
export class PreferenceApplication {
  constructor(
    private readonly targets: MessageTargetRepository,
    private readonly suppressions: SuppressionRepository,
  ) {}

  async apply(tx: Queryable, elements: readonly PlacedElement<PreferenceElement>[]): Promise<void> {
    const channelIds = [...new Set(elements.flatMap((element) => element.channelIds))];
    const workspaceOf = await this.targets.workspacesOf(tx, channelIds);
    const wishes = newestOf(
      elements.flatMap(({ channelIds: ids, update }) =>
        ids.flatMap((id) => {
          const workspaceId = workspaceOf.get(id);
          return workspaceId === undefined ? [] : [{ workspaceId, update }];
        }),
      ),
    );
    for (const workspaceId of new Set(wishes.map((wish) => wish.workspaceId))) {
      const people = (wants: PreferenceElement['wants']): string[] =>
        wishes
          .filter((wish) => wish.workspaceId === workspaceId && wish.update.wants === wants)
          .map(({ update }) => update.person);
      const stopped = people('stop');
      const resumed = people('resume');
      if (stopped.length > 0) {
        await this.suppressions.suppress(tx, {
          workspaceId,
          recipients: stopped,
          category: 'marketing',
          reason: REASON,
          source: SOURCE,
        });
      }
      if (resumed.length > 0) {
        await this.suppressions.liftOfSource(tx, workspaceId, resumed, 'marketing', SOURCE);
      }
    }
  }
}

function newestOf(wishes: readonly Wish[]): Wish[] {
  const newest = new Map<string, Wish>();
  for (const wish of wishes) {
    const key = `${wish.workspaceId} ${wish.update.category} ${wish.update.person}`;
    const known = newest.get(key);
    if (known === undefined || known.update.at.getTime() <= wish.update.at.getTime()) newest.set(key, wish);
  }
  return [...newest.values()];
}
