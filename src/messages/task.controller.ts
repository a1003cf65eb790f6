import { Controller, Get, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { LegacyRoute } from '../auth/legacy-route.js';
import { CurrentPrincipal, type Principal } from '../auth/principal.js';
import { TaskDto, taskDtoOf } from './task.dto.js';
import { TaskService } from './task.service.js';

@ApiTags('Messages')
@Controller(['api/tasks', 'tasks'])
export class TaskController {
  constructor(private readonly tasks: TaskService) {}

  @Get(':id')
  @LegacyRoute()
  @ApiOperation({ summary: 'What became of one message' })
  @ApiOkResponse({ type: TaskDto })
  @ApiNotFoundResponse({ description: '`task_not_found`' })
  async get(@CurrentPrincipal() { workspaceId }: Principal, @Param('id') id: string): Promise<TaskDto> {
    return taskDtoOf(id, await this.tasks.get(workspaceId, id));
  }
}
