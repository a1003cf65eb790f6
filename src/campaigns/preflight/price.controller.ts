import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { PriceListDto, PriceListShownDto } from './price.dto.js';
import { PriceListService } from './price-list.service.js';

@ApiTags('Campaigns')
@Controller('api/prices')
export class PriceController {
  constructor(private readonly lists: PriceListService) {}

  @Get()
  @ApiOperation({
    summary: 'What messages cost, by country and category; the estimate of a preflight is made of it',
  })
  @ApiOkResponse({ type: PriceListShownDto })
  async show(@CurrentPrincipal() { workspaceId }: Principal): Promise<PriceListShownDto> {
    const list = await this.lists.find(workspaceId);
    return list === null ? { currency: null, prices: [] } : { ...list, prices: [...list.prices] };
  }

  @Put()
  @ApiOperation({ summary: 'Set what messages cost; takes the place of all prices before' })
  @ApiOkResponse({ type: PriceListShownDto })
  async replace(
    @CurrentPrincipal() { workspaceId, keyName }: Principal,
    @Body() { currency, prices }: PriceListDto,
  ): Promise<PriceListShownDto> {
    const list = await this.lists.replace(workspaceId, { currency, prices }, keyName);
    return { ...list, prices: [...list.prices] };
  }
}
