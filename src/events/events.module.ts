import { Module } from '@nestjs/common';
import { EventInterest } from './event-interest.js';
import { OutboxRetention } from './outbox-retention.repository.js';
import { Outbox } from './outbox.js';

@Module({ providers: [EventInterest, Outbox, OutboxRetention], exports: [EventInterest, Outbox] })
export class EventsModule {}
