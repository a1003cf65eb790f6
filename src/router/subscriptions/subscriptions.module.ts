import { Module, type DynamicModule } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { TaskIds } from '../../ledger/task-id.js';
import { DeliveryLineRepository } from './delivery-line.repository.js';
import { DeliveryLogRepository } from './delivery-log.repository.js';
import { DeliveryLog } from './delivery-log.service.js';
import { DeliveryRepository } from './delivery.repository.js';
import { DeliveryRetention } from './delivery-retention.repository.js';
import { DeliveryVisit } from './delivery-visit.js';
import { DeliveryWorker } from './delivery-worker.js';
import { DeliveryController } from './delivery.controller.js';
import { EndpointAddresses } from './endpoint-addresses.js';
import { EndpointCalls } from './endpoint-calls.js';
import { EventBody } from './event-body.js';
import { SealedSecrets } from './sealed-secrets.js';
import { SubscriptionController } from './subscription.controller.js';
import { SubscriptionRepository } from './subscription.repository.js';
import { SubscriptionService } from './subscription.service.js';

const MANAGING = [DeliveryLog, DeliveryLogRepository, SubscriptionRepository, SubscriptionService];
const DELIVERING = [
  DeliveryLineRepository,
  DeliveryRepository,
  DeliveryRetention,
  DeliveryVisit,
  DeliveryWorker,
  EndpointCalls,
  EventBody,
  TaskIds,
];

/** Webhooks out: subscriptions in processes with the role `api`, their delivery in those with the role `worker`. */
@Module({})
export class SubscriptionsModule {
  static register(config: Config): DynamicModule {
    return {
      module: SubscriptionsModule,
      controllers: [SubscriptionController, DeliveryController],
      providers: [
        EndpointAddresses,
        SealedSecrets,
        ...MANAGING,
        ...(config.roles.has('worker') ? DELIVERING : []),
      ],
    };
  }
}
