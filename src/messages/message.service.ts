import { Injectable } from '@nestjs/common';
import { ChannelChoices } from '../channels/channel-choice.js';
import { refuseUnsupported } from '../channels/supported-content.js';
import { Config } from '../config/config.js';
import { BadPhone } from '../contacts/contact.errors.js';
import { transactionalPolicy } from '../ledger/dispatch-policy.js';
import { messageRecipient } from './message-recipient.js';
import type { AddressedMessage, MessageRequest } from './message-request.js';
import { PostBox } from './post-box.js';
import { TaskIds } from '../ledger/task-id.js';

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
    refuseUnsupported([channel], content);
    return this.store(workspaceId, channel.id, { recipient: to.recipient, content, category });
  }

  /** The same for a person who is known already: a canonical number, or a provider's own id. */
  async postTo(workspaceId: string, message: AddressedMessage): Promise<string> {
    const choice = { channelId: message.channelId, instanceName: null };
    const channel = await this.channels.choose(workspaceId, choice);
    refuseUnsupported([channel], message.content);
    return this.store(workspaceId, channel.id, message);
  }

  private async store(
    workspaceId: string,
    channelId: string,
    { recipient, content, category }: Omit<AddressedMessage, 'channelId'>,
  ): Promise<string> {
    const position = await this.postBox.post(
      { workspaceId, channelId, category, policy: transactionalPolicy(this.config.engine) },
      { recipient, content },
    );
    return this.taskIds.idOf(workspaceId, position);
  }
}
