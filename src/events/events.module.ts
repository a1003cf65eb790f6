import { Module } from '@nestjs/common';
import { AlertBook } from './alert-book.js';
import { EventInterest } from './event-interest.js';
import { OutboxRetention } from './outbox-retention.repository.js';
import { Outbox } from './outbox.js';

@Module({
  providers: [AlertBook, EventInterest, Outbox, OutboxRetention],
  exports: [AlertBook, EventInterest, Outbox],
})
export class EventsModule {}
