import { Module } from '@nestjs/common';
import { OutboxRetention } from './outbox-retention.repository.js';
import { Outbox } from './outbox.js';

@Module({ providers: [Outbox, OutboxRetention], exports: [Outbox] })
export class EventsModule {}
