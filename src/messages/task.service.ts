import { Injectable } from '@nestjs/common';
import { TaskNotFoundError } from './message.errors.js';
import type { TaskMessage } from './task.js';
import { TaskIds } from '../ledger/task-id.js';
import { TaskRepository } from './task.repository.js';

@Injectable()
export class TaskService {
  constructor(
    private readonly taskIds: TaskIds,
    private readonly tasks: TaskRepository,
  ) {}

  async get(workspaceId: string, id: string): Promise<TaskMessage> {
    const position = this.taskIds.read(workspaceId, id);
    const message = position === null ? null : await this.tasks.find(workspaceId, position);
    if (message === null) throw new TaskNotFoundError(id);
    return message;
  }
}
