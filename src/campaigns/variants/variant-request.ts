import { parseContent, MOST_CONTENT_VARIABLES } from '../../channels/parse-content.js';
import type { MessageContent } from '../../channels/providers/message-content.js';
import { variablesOf } from '../../channels/render-content.js';
import { DomainError } from '../../common/domain-error.js';
import type { CampaignPlan } from '../campaign.js';
import { invalid } from '../field-fault.js';
import { readStageSize } from '../governance/stage-size.js';
import { contentsOf, type Variant, type WinnerRule } from './variant.js';
import { FEWEST_VARIANTS, type VariantDto, type WinnerRuleDto } from './variant.dto.js';

/** What a request says that people get; a member that it says nothing of is not there. */
export interface SaidFields {
  readonly variants?: readonly VariantDto[] | null;
  readonly winner?: WinnerRuleDto | null;
}

type SaidPart = Partial<Pick<CampaignPlan, 'content' | 'variants' | 'winner'>>;

/** `content` is what the request says by itself. One text takes the place of several, and of their winner. */
export function saidOf({ variants, winner }: SaidFields, content: MessageContent | undefined): SaidPart {
  const rule = winner === undefined ? {} : { winner: winner === null ? null : winnerRuleOf(winner) };
  if (variants === undefined || variants === null) {
    return content === undefined ? rule : { content, variants: null, winner: null, ...rule };
  }
  if (content !== undefined) {
    throw invalid('variants', 'variants and message or content exclude each other: several texts, or one');
  }
  const several = variantsOf(variants);
  return { content: several[0]!.content, variants: several, ...rule };
}

/** Of a plan as a whole, whatever of it was given when. */
export function refuseUnfitWinner({ variants, winner }: Pick<CampaignPlan, 'variants' | 'winner'>): void {
  if (winner === undefined || winner === null) return;
  if (variants === undefined || variants === null) {
    throw invalid('winner', 'winner chooses among variants; give them, or leave it out');
  }
}

/** Each is checked as a content is, and all of them together. */
function variantsOf(dtos: readonly VariantDto[]): readonly Variant[] {
  const variants = dtos.map((dto, index) => variantOf(dto, `variants/${index}`));
  refuseSameNames(variants);
  refuseMixedKinds(variants);
  const contents = contentsOf({ content: null, variants });
  if (variablesOf(contents).length > MOST_CONTENT_VARIABLES) {
    throw invalid('variants', `have more than ${MOST_CONTENT_VARIABLES} different variables together`);
  }
  return variants;
}

function winnerRuleOf({ metric, testSize, afterMinutes }: WinnerRuleDto): WinnerRule {
  const size = readStageSize(testSize, 'winner/testSize');
  if (size.kind === 'count' && size.count < FEWEST_VARIANTS) {
    throw invalid(
      'winner/testSize',
      `testSize ${size.count} must be ${FEWEST_VARIANTS} or more: each variant needs somebody`,
    );
  }
  return { metric, testSize: size, afterMinutes };
}

function variantOf({ name, message, content, weight }: VariantDto, field: string): Variant {
  const hasMessage = message !== undefined && message !== null;
  const hasContent = content !== undefined && content !== null;
  if (hasMessage === hasContent) {
    throw invalid(
      `${field}/message`,
      hasMessage
        ? `variant "${name}": message and content exclude each other: message is a text, content anything else`
        : `variant "${name}" says nothing: give message (a text) or content`,
    );
  }
  const said = hasMessage ? { type: 'text', text: message } : content;
  return { name: name.trim(), content: parsedOf(said, field), weight: weight ?? 1 };
}

/** The faults of a content point at /content; here they point at the variant that it is of. */
function parsedOf(content: unknown, field: string): MessageContent {
  try {
    return parseContent(content);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const errors = (error.details.errors ?? []).map(({ pointer, detail }) => ({
      pointer: `/${field}${pointer}`,
      detail,
    }));
    throw new DomainError('invalid', 'validation_failed', error.message, { errors });
  }
}

/** Reports and orders name a variant by it, and people write A and a for the same. */
function refuseSameNames(variants: readonly Variant[]): void {
  const seen = new Set<string>();
  for (const [index, { name }] of variants.entries()) {
    if (seen.has(name.toLowerCase())) {
      throw invalid(`variants/${index}/name`, `"${name}" is the name of another variant; each has its own`);
    }
    seen.add(name.toLowerCase());
  }
}

/** Else it would be the kind that decides: texts reach only people who wrote within 24 hours, templates everybody. */
function refuseMixedKinds(variants: readonly Variant[]): void {
  const isTemplate = variants.map(({ content }) => content.type === 'template');
  const other = isTemplate.indexOf(!isTemplate[0]!);
  if (other === -1) return;
  const [first, odd] = [variants[0]!, variants[other]!];
  throw invalid(
    `variants/${other}/content`,
    `variant "${odd.name}" is ${kindOf(odd)} and variant "${first.name}" is ${kindOf(first)}: all must be templates, or ` +
      'none, because a template reaches everybody and the rest only people who wrote within 24 hours',
  );
}

function kindOf({ content }: Variant): string {
  return content.type === 'template' ? 'a template' : `of type ${content.type}`;
}
