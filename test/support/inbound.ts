import { Clock } from '../../src/common/clock.js';
import { Keyring } from '../../src/common/keyring.js';
import type { Config } from '../../src/config/config.js';
import { AttributeKeyRepository } from '../../src/contacts/attribute-key.repository.js';
import { ContactConsentRepository } from '../../src/contacts/contact-consent.repository.js';
import { ContactMarksRepository } from '../../src/contacts/contact-marks.repository.js';
import type { Sql } from '../../src/database/sql.js';
import { EventInterest } from '../../src/events/event-interest.js';
import { Outbox } from '../../src/events/outbox.js';
import { DispatchRepository } from '../../src/ledger/dispatch.repository.js';
import { GateRepository } from '../../src/ledger/gate.repository.js';
import { ProgressRepository } from '../../src/ledger/progress.repository.js';
import { StreamAppendRepository } from '../../src/ledger/stream-append.repository.js';
import { StreamRepository } from '../../src/ledger/stream.repository.js';
import { SuppressionRepository } from '../../src/ledger/suppression.repository.js';
import { StreamWriter } from '../../src/ledger/stream-writer.js';
import { MessageTargetRepository } from '../../src/router/application/message-target.repository.js';
import { AutoReplies } from '../../src/router/inbound/auto-reply.js';
import { AutoReplyRepository } from '../../src/router/inbound/auto-reply.repository.js';
import { ConsentApplication } from '../../src/router/inbound/consent-application.js';
import { InboundApplication } from '../../src/router/inbound/inbound-application.js';
import { InboundRepository } from '../../src/router/inbound/inbound.repository.js';
import { RuleApplication } from '../../src/router/rules/rule-application.js';
import { RuleBook } from '../../src/router/rules/rule-book.js';
import { RuleRepository } from '../../src/router/rules/rule.repository.js';

/** What is made of messages that people wrote, as a worker puts it together. */
export function inboundApplication(sql: Sql, keyring: Keyring, config: Config): InboundApplication {
  const suppressions = new SuppressionRepository(keyring);
  const consent = new ContactConsentRepository();
  const outbox = new Outbox();
  const clock = new Clock();
  const streams = new StreamRepository(
    sql,
    new DispatchRepository(sql),
    new GateRepository(sql),
    new ProgressRepository(sql),
  );
  return new InboundApplication(
    new MessageTargetRepository(),
    new InboundRepository(suppressions),
    new ConsentApplication(consent, suppressions, outbox, config),
    new RuleApplication(
      new RuleBook(new RuleRepository(sql)),
      new ContactMarksRepository(),
      new AttributeKeyRepository(sql),
      consent,
      suppressions,
      outbox,
    ),
    new AutoReplies(
      new AutoReplyRepository(),
      new StreamWriter(new StreamAppendRepository(sql, suppressions), streams, clock, config),
      clock,
      config,
    ),
    new EventInterest(sql, config),
    outbox,
  );
}
