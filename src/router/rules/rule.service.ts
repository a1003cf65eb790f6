import { Injectable } from '@nestjs/common';
import { ChannelDirectory } from '../../channels/channel-directory.js';
import { DomainError } from '../../common/domain-error.js';
import { parseActions, parseMatch } from './parse-rule.js';
import { RuleRepository } from './rule.repository.js';
import type { Rule, RuleWish } from './rule.js';

const MOST_RULES = 500;

/** As it came; match and actions are not read yet. */
export type RuleRequest = Omit<RuleWish, 'match' | 'actions'> & { match: unknown; actions: unknown };

class RuleMissingError extends DomainError {
  constructor(id: string) {
    super('missing', 'rule_not_found', `There is no rule ${id} in this workspace.`);
  }
}

@Injectable()
export class RuleService {
  constructor(
    private readonly rules: RuleRepository,
    private readonly channels: ChannelDirectory,
  ) {}

  list(workspaceId: string): Promise<Rule[]> {
    return this.rules.list(workspaceId);
  }

  async find(workspaceId: string, id: string): Promise<Rule> {
    return found(await this.rules.find(workspaceId, id), id);
  }

  async create(workspaceId: string, request: RuleRequest): Promise<Rule> {
    const wish = await this.checked(workspaceId, request);
    const rule = await this.rules.create(workspaceId, wish, MOST_RULES);
    if (rule !== null) return rule;
    throw new DomainError(
      'conflict',
      'rule_limit',
      `The workspace has ${MOST_RULES} rules already; delete one that is not needed.`,
    );
  }

  async change(workspaceId: string, id: string, change: Partial<RuleRequest>): Promise<Rule> {
    const before = await this.find(workspaceId, id);
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const wish = await this.checked(workspaceId, { ...before, ...given });
    return found(await this.rules.replace(workspaceId, id, wish), id);
  }

  async remove(workspaceId: string, id: string): Promise<void> {
    if (!(await this.rules.remove(workspaceId, id))) throw new RuleMissingError(id);
  }

  private async checked(workspaceId: string, request: RuleRequest): Promise<RuleWish> {
    const { name, position, enabled, stop, channelIds } = request;
    if (channelIds !== null) await this.mustKnow(workspaceId, channelIds);
    const match = parseMatch(request.match);
    return { name, position, enabled, stop, channelIds, match, actions: parseActions(request.actions) };
  }

  private async mustKnow(workspaceId: string, channelIds: readonly string[]): Promise<void> {
    const known = new Set((await this.channels.channelsOf(workspaceId)).map(({ id }) => id));
    const unknown = channelIds.findIndex((id) => !known.has(id.toLowerCase()));
    if (unknown === -1) return;
    const detail = `There is no channel ${channelIds[unknown]} in this workspace.`;
    throw new DomainError('unprocessable', 'channel_not_found', detail, {
      errors: [{ pointer: `/channelIds/${unknown}`, detail }],
    });
  }
}

function found(rule: Rule | null, id: string): Rule {
  if (rule === null) throw new RuleMissingError(id);
  return rule;
}
