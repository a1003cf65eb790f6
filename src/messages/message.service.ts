import { Injectable } from '@nestjs/common';
import { ChannelChoices } from '../channels/channel-choice.js';
import { Config } from '../config/config.js';
import { BadPhone } from '../contacts/contact.errors.js';
import { transactionalPolicy } from '../ledger/dispatch-policy.js';
import { messageRecipient } from './message-recipient.js';
import type { MessageRequest } from './message-request.js';
import { PostBox } from './post-box.js';
import { TaskIds } from './task-id.js';

@Injectable()
export class MessageService {
  constructor(
    private readonly channels: ChannelChoices,
    private readonly postBox: PostBox,
    private readonly taskIds: TaskIds,
    private readonly config: Config,
  ) {}

  /** Returns the id of its task once the message is stored durably. */
  async post(workspaceId: string, request: MessageRequest): Promise<string> {
    const { phone, content, category } = request;
    const to = messageRecipient(phone, this.config.defaultCountry);
    if (!to.ok) throw new BadPhone(phone, to.reason);
    const channel = await this.channels.choose(workspaceId, request.channel);
    const position = await this.postBox.post(
      { workspaceId, channelId: channel.id, category, policy: transactionalPolicy(this.config.engine) },
      { recipient: to.recipient, content },
    );
    return this.taskIds.idOf(workspaceId, position);
  }
}
