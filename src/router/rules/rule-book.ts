import { Injectable } from '@nestjs/common';
import { compileContent, type Variables } from '../../channels/render-content.js';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { RuleRepository } from './rule.repository.js';
import { matcherOf, type Matcher } from './rule-match.js';
import type { Rule } from './rule.js';

/** A rule that is ready to be tried. */
export interface ReadyRule {
  readonly rule: Rule;
  readonly matches: Matcher;
  /** One for each reply among its actions, in their order. */
  readonly replies: readonly ((variables: Variables) => MessageContent)[];
}

interface Page {
  readonly rules: Promise<readonly ReadyRule[]>;
  readonly readAtMs: number;
}

/** A changed rule is in force everywhere within this time. */
const KEPT_MS = 1000;
const MANY_WORKSPACES = 1000;

/** The enabled rules of each workspace, compiled once; at most a second old. */
@Injectable()
export class RuleBook {
  private readonly pages = new Map<string, Page>();

  constructor(private readonly rules: RuleRepository) {}

  rulesOf(workspaceId: string): Promise<readonly ReadyRule[]> {
    const nowMs = performance.now();
    const page = this.pages.get(workspaceId);
    if (page !== undefined && nowMs - page.readAtMs < KEPT_MS) return page.rules;
    if (this.pages.size >= MANY_WORKSPACES) this.pages.clear();
    const rules = this.read(workspaceId);
    this.pages.set(workspaceId, { rules, readAtMs: nowMs });
    rules.catch(() => this.pages.delete(workspaceId));
    return rules;
  }

  private async read(workspaceId: string): Promise<ReadyRule[]> {
    return (await this.rules.list(workspaceId)).filter(({ enabled }) => enabled).map(readyRule);
  }
}

function readyRule(rule: Rule): ReadyRule {
  return {
    rule,
    matches: matcherOf(rule.match),
    replies: rule.actions.flatMap((action) =>
      action.type === 'reply' ? [compileContent(action.content)] : [],
    ),
  };
}
