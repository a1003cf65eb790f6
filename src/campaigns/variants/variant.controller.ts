import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal } from '../../auth/principal.js';
import { UuidPipe } from '../../common/uuid.pipe.js';
import { CampaignVariantsDto, ChooseWinnerDto, variantsDtoOf } from './variant-figures.dto.js';
import { VariantService } from './variant.service.js';

@ApiTags('Campaigns')
@Controller('api/campaigns/:id')
export class VariantController {
  constructor(private readonly variants: VariantService) {}

  @Get('variants')
  @ApiOperation({ summary: 'What became of each of its texts, and which was chosen, when, by whom and why' })
  @ApiOkResponse({ type: CampaignVariantsDto })
  async of(
    @CurrentPrincipal() { workspaceId }: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<CampaignVariantsDto> {
    return variantsDtoOf(await this.variants.of(workspaceId, id));
  }

  @Post('winner')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Choose the winner now, earlier than its rule or otherwise; the rest gets it at once',
    description: 'Once: some of the rest may have got it. Kept in the audit log.',
  })
  @ApiOkResponse({ type: CampaignVariantsDto })
  @ApiConflictResponse({
    description:
      '`winner_chosen`: another one was; `no_winner_to_choose`; `campaign_status`: it is not running.',
  })
  async choose(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() { variant }: ChooseWinnerDto,
  ): Promise<CampaignVariantsDto> {
    return variantsDtoOf(await this.variants.choose(principal, id, variant));
  }
}
