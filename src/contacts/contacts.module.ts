import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AttributeKeyRepository } from './attribute-key.repository.js';
import { ContactController } from './contact.controller.js';
import { ContactConsentRepository } from './contact-consent.repository.js';
import { ContactExport } from './contact-export.js';
import { ContactMarksRepository } from './contact-marks.repository.js';
import { ContactRepository } from './contact.repository.js';
import { ContactService } from './contact.service.js';
import { ImportController } from './import/import.controller.js';
import { ImportProgress } from './import/import-progress.js';
import { ImportRetention } from './import/import-retention.repository.js';
import { ImportRepository } from './import/import.repository.js';
import { ImportRunner } from './import/import-runner.js';
import { ImportService } from './import/import.service.js';
import { ImportSessions } from './import/import-session.repository.js';
import { UploadStore } from './import/upload-store.js';

/** People: who they are, what is known of them, whether they may be written to, and the files they come from. */
@Module({
  imports: [LedgerModule, EventsModule],
  // Imports first: their path is one that /api/contacts/:id would take for an id.
  controllers: [ImportController, ContactController],
  providers: [
    AttributeKeyRepository,
    ContactConsentRepository,
    ContactExport,
    ContactMarksRepository,
    ContactRepository,
    ContactService,
    ImportProgress,
    ImportRepository,
    ImportRetention,
    ImportRunner,
    ImportService,
    ImportSessions,
    UploadStore,
  ],
  exports: [
    AttributeKeyRepository,
    ContactConsentRepository,
    ContactMarksRepository,
    ContactRepository,
    ContactService,
    ImportService,
    UploadStore,
  ],
})
export class ContactsModule {}
