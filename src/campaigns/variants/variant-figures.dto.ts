import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { MESSAGE_STATES, type MessageState } from '../../ledger/message-state.js';
import { REPLY_DAYS } from './variant-figures.repository.js';
import type { VariantCount } from './variant-count.js';
import { rateOf } from './variant-figures.js';
import type { VariantsView } from './variant.service.js';
import { decidesAt } from './winner-time.js';
import { WINNER_METRICS, type WinnerMetric } from './variant.js';

const STATES_SCHEMA = {
  type: 'object',
  properties: Object.fromEntries(MESSAGE_STATES.map((state) => [state, { type: 'integer' }])),
  required: [...MESSAGE_STATES],
  additionalProperties: false,
} as const;

const rate = (description: string) =>
  ApiProperty({
    type: Number,
    nullable: true,
    example: 0.42,
    description: `${description}; null: sent to nobody.`,
  });

export class VariantFiguresDto {
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'A',
    description: 'null: the recipients that wait for the winner.',
  })
  variant!: string | null;

  @ApiProperty({ example: 500 })
  recipients!: number;

  @ApiProperty({ ...STATES_SCHEMA, required: true, description: 'The recipients by state.' } as never)
  states!: Readonly<Record<MessageState, number>>;

  @ApiProperty({ example: 480, description: 'Those that a call was made for, whatever came of it.' })
  sent!: number;

  @rate('Delivered ones of those sent, 0 to 1')
  deliveredRate!: number | null;

  @rate('Read ones of those sent')
  readRate!: number | null;

  @ApiProperty({
    example: 31,
    description: `People who wrote back within ${REPLY_DAYS} days, but for those who opted out since.`,
  })
  replies!: number;

  @rate('Those who wrote back, of those sent')
  replyRate!: number | null;
}

class TestedDto {
  @ApiProperty({ example: 'A' })
  name!: string;

  @ApiProperty({ example: 1 })
  weight!: number;

  @ApiProperty({ example: 480 })
  sent!: number;

  @ApiProperty({ example: 460 })
  delivered!: number;

  @ApiProperty({ example: 201 })
  read!: number;

  @ApiProperty({ example: 31 })
  replies!: number;
}

export class ChosenWinnerDto {
  @ApiProperty({ example: 'A' })
  variant!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  chosenAt!: Date;

  @ApiProperty({ example: 'Caudal', description: 'The name of a key, or `Caudal` where the rule did.' })
  chosenBy!: string;

  @ApiProperty({ example: 'Most of it was read: "A" 201 of 480, "B" 160 of 482.' })
  reason!: string;

  @ApiProperty({ type: [TestedDto], description: 'What the test came to at that moment.' })
  tested!: readonly TestedDto[];
}

export class CampaignVariantsDto {
  @ApiProperty({ format: 'uuid' })
  campaignId!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  generatedAt!: Date;

  @ApiProperty({ enum: WINNER_METRICS, nullable: true, description: 'null: all are shared out by weight.' })
  metric!: WinnerMetric | null;

  @ApiProperty({
    type: [VariantFiguresDto],
    description:
      'Each recipient once, by the newest message; empty without variants, and once they were let go.',
  })
  variants!: readonly VariantFiguresDto[];

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the rule chooses; null before the test is sent, and once a winner was chosen.',
  })
  decidesAt!: Date | null;

  @ApiProperty({ type: ChosenWinnerDto, nullable: true, description: 'null: none was chosen.' })
  winner!: ChosenWinnerDto | null;
}

export class ChooseWinnerDto {
  @ApiProperty({ example: 'B', description: 'The name of a variant.' })
  @IsString()
  @Length(1, 40)
  variant!: string;
}

export function variantsDtoOf({ campaign, generatedAt, counts, chosen }: VariantsView): CampaignVariantsDto {
  return {
    campaignId: campaign.id,
    generatedAt,
    metric: campaign.winner?.metric ?? null,
    variants: counts.map(figuresShown),
    decidesAt: chosen === null ? decidesAt(campaign) : null,
    winner:
      chosen === null
        ? null
        : {
            variant: campaign.variants![chosen.winner]!.name,
            chosenAt: chosen.chosenAt,
            chosenBy: chosen.chosenBy,
            reason: chosen.reason,
            tested: chosen.tested,
          },
  };
}

export function figuresShown({
  name,
  recipients,
  states,
  sent,
  delivered,
  read,
  replies,
}: VariantCount): VariantFiguresDto {
  return {
    variant: name,
    recipients,
    states,
    sent,
    deliveredRate: rateOf(delivered, sent),
    readRate: rateOf(read, sent),
    replies,
    replyRate: rateOf(replies, sent),
  };
}
