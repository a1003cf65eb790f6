import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { MESSAGE_STATES, type MessageState } from '../ledger/message-state.js';
import { taskResult, taskStatus, TASK_STATUSES, type TaskMessage, type TaskStatus } from './task.js';

export class TaskResultDto {
  @ApiProperty({
    type: 'boolean',
    nullable: true,
    description: 'null where nobody can tell whether it arrived.',
  })
  success!: boolean | null;

  @ApiProperty({ example: '+525512345678', description: 'As WhatsApp has it.' })
  phone!: string;

  @ApiProperty({ type: 'string', nullable: true, example: 'wamid.HBgNNTIx' })
  provider_message_id!: string | null;

  @ApiPropertyOptional({
    example: 'wamid.HBgNNTIx',
    description: 'The same id, as Evolution clients call it.',
  })
  evolution_key?: string;

  @ApiPropertyOptional({ example: 'This person opted out, or must not be written to.' })
  error?: string;

  @ApiPropertyOptional({
    example: 'suppressed',
    description: 'Stable; see docs/errors.md, codes of messages.',
  })
  error_code?: string;
}

export class TaskDto {
  @ApiProperty({ example: '5b0f6ad1-93c2-7e11-4f0a-c2d9be1f7a35' })
  task_id!: string;

  @ApiProperty({
    enum: TASK_STATUSES,
    description:
      'PENDING: not tried yet; STARTED: the call is open; RETRY: waits for another try; SUCCESS: the provider took it; ' +
      'FAILURE: refused or not sent, with the reason; UNKNOWN: nobody can tell, and it is not sent again by itself.',
  })
  status!: TaskStatus;

  @ApiProperty({ enum: MESSAGE_STATES, description: 'The state of the message: also delivered, or read.' })
  state!: MessageState;

  @ApiPropertyOptional({ type: TaskResultDto, description: 'Not there while the message is on its way.' })
  result?: TaskResultDto;
}

export function taskDtoOf(id: string, message: TaskMessage): TaskDto {
  const result = taskResult(message);
  return {
    task_id: id,
    status: taskStatus(message.state, message.tries),
    state: message.state,
    ...(result === null
      ? {}
      : {
          result: {
            success: result.success,
            phone: result.phone,
            provider_message_id: result.providerMessageId,
            ...(result.providerMessageId === null ? {} : { evolution_key: result.providerMessageId }),
            ...(result.error === null ? {} : { error: result.error.text, error_code: result.error.code }),
          },
        }),
  };
}
