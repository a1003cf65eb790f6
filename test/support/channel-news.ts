import { BudgetChanges } from '../../src/channels/budget-change.js';
import { ChannelCheckRepository } from '../../src/channels/channel-check.repository.js';
import type { ChannelClients } from '../../src/channels/channel-clients.js';
import { ChannelHoldRepository } from '../../src/channels/channel-hold.repository.js';
import { ChannelHolds } from '../../src/channels/channel-holds.js';
import { ChannelStandings } from '../../src/channels/channel-standings.js';
import { ChannelTemplates } from '../../src/channels/channel-templates.js';
import { ChannelTiers } from '../../src/channels/channel-tiers.js';
import { PortfolioRepository } from '../../src/channels/portfolio.repository.js';
import { StandingRepository } from '../../src/channels/standing.repository.js';
import { TemplateRepository } from '../../src/channels/template.repository.js';
import { Keyring } from '../../src/common/keyring.js';
import { Clock } from '../../src/common/clock.js';
import type { Config } from '../../src/config/config.js';
import type { Sql } from '../../src/database/sql.js';
import { AlertBook } from '../../src/events/alert-book.js';
import { Outbox } from '../../src/events/outbox.js';
import { BatchWaking } from '../../src/ledger/batch-waking.repository.js';
import { BudgetRepository } from '../../src/ledger/budget.repository.js';
import { SuppressionRepository } from '../../src/ledger/suppression.repository.js';
import { ChannelSessions } from '../../src/queue/channel-sessions.js';
import { SessionRepository } from '../../src/queue/session.repository.js';
import { ChannelNews } from '../../src/router/application/channel-news.js';

/** What webhooks say of channels, as it is applied; nothing of it opens a line to a provider. */
export function channelNews(sql: Sql, config: Config): ChannelNews {
  const clock = new Clock();
  const checks = new ChannelCheckRepository(sql);
  const alerts = new AlertBook();
  const holds = new ChannelHolds(new ChannelHoldRepository(), new Outbox(), sql, alerts);
  const clients = {} as ChannelClients;
  const budgets = new BudgetRepository(sql, new SuppressionRepository(new Keyring('a master key for tests')));
  const tiers = new ChannelTiers(
    new PortfolioRepository(sql),
    new BudgetChanges(budgets, new BatchWaking(sql)),
  );
  return new ChannelNews(
    new ChannelSessions(new SessionRepository(sql), holds, checks, new BatchWaking(sql), clock, config, sql),
    new ChannelTemplates(clients, new TemplateRepository(sql), checks, config, alerts, sql),
    new ChannelStandings(clients, new StandingRepository(sql), holds, checks, clock, tiers, sql, alerts),
  );
}
