import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { ContactsModule } from '../contacts/contacts.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { ChannelMediaController } from './channel-media.controller.js';
import { ChannelMedia } from './channel-media.service.js';
import { ChannelTestController } from './channel-test.controller.js';
import { ChannelTests } from './channel-test.service.js';
import { MessageController } from './message.controller.js';
import { MessageService } from './message.service.js';
import { PostBox } from './post-box.js';
import { StreamClosing } from './stream-closing.js';
import { StreamWriter } from '../ledger/stream-writer.js';
import { TaskController } from './task.controller.js';
import { TaskIds } from '../ledger/task-id.js';
import { TaskRepository } from './task.repository.js';
import { TaskService } from './task.service.js';

/** Single messages and their tasks, thin on the engine in queue/. */
@Module({
  imports: [LedgerModule, ChannelsModule, ContactsModule],
  controllers: [ChannelMediaController, ChannelTestController, MessageController, TaskController],
  providers: [
    ChannelMedia,
    ChannelTests,
    MessageService,
    PostBox,
    StreamClosing,
    StreamWriter,
    TaskIds,
    TaskRepository,
    TaskService,
  ],
  exports: [MessageService, StreamClosing, StreamWriter],
})
export class MessagesModule {}
