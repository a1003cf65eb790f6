import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBadRequestResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { calendarOf } from './calendar-request.js';
import { CalendarDto, CalendarShownDto } from './calendar.dto.js';
import { CalendarService } from './calendar.service.js';
import type { Calendar } from './send-window.js';

@ApiTags('Campaigns')
@Controller('api/calendar')
export class CalendarController {
  constructor(private readonly calendars: CalendarService) {}

  @Get()
  @ApiOperation({ summary: 'The clock, the holidays and the quiet hours that marketing campaigns keep' })
  @ApiOkResponse({ type: CalendarShownDto })
  async show(@CurrentPrincipal() { workspaceId }: Principal): Promise<CalendarShownDto> {
    return shown(await this.calendars.find(workspaceId));
  }

  @Put()
  @ApiOperation({ summary: 'Set them all; what runs keeps them from then on' })
  @ApiOkResponse({ type: CalendarShownDto })
  @ApiBadRequestResponse({ description: '`validation_failed` names the field and what would be right.' })
  async replace(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Body() body: CalendarDto,
  ): Promise<CalendarShownDto> {
    return shown(await this.calendars.replace(workspaceId, calendarOf(body), keyName));
  }
}

function shown({ timezone, holidays, quietHours }: Calendar): CalendarShownDto {
  return { timezone, holidays: [...holidays], quietHours };
}
