import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { MessageContent } from '../channels/providers/message-content.js';
import { RequestValidationPipe } from '../common/validation.pipe.js';
import { importOptions } from '../contacts/import/import-options.js';
import { Config } from '../config/config.js';
import type { Audience } from './audience/audience.js';
import { audienceOf as selectionOf } from './audience/audience-request.js';
import type { CampaignPlan } from './campaign.js';
import { readPacing } from '../channels/channel-pacing.js';
import { parseContent } from '../channels/parse-content.js';
import { CampaignUploads, type CampaignForm } from './audience/campaign-upload.js';
import { CreateCampaignDto, type ChangeCampaignDto } from './campaign.dto.js';
import type { CampaignChange } from './campaign.service.js';
import { invalid } from './field-fault.js';
import type { RecipientFile } from './audience/recipient-upload.js';
import type { Schedule } from './schedule/schedule.js';
import { scheduleOf } from './schedule/schedule-request.js';
import { windowOf } from './windows/send-window-request.js';
import { capIn } from './governance/frequency-cap-request.js';
import { governanceOf } from './governance/governance-change.js';
import { saidOf } from './variants/variant-request.js';

/** Fields of a form that are JSON, and so are in the JSON request. */
const JSON_FIELDS: readonly string[] = [
  'content',
  'variants',
  'winner',
  'contacts',
  'audience',
  'channelIds',
  'ratePerSecond',
  'pacing',
  'weight',
  'canary',
  'holdOnFailures',
  'frequencyCap',
  'window',
  'recurrence',
  'confirm',
];
const JSON_EXAMPLES: Readonly<Record<string, string>> = {
  content: '{"type":"text","text":"…"}',
  canary: '{"size":"5%","maxFailureRate":0.1}',
  holdOnFailures: '{"rate":0.3,"of":100}',
  frequencyCap: '{"messages":2,"days":7}',
  pacing: '{"mode":"progressive"}',
  ratePerSecond: '5',
  window: '{"from":"09:00","to":"18:00"}',
  confirm: 'true',
  recurrence: '{"cron":"0 9 * * 1","timezone":"America/Mexico_City"}',
  variants: '[{"name":"A","message":"…"},{"name":"B","message":"…"}]',
  winner: '{"metric":"read","testSize":"10%","afterMinutes":120}',
};
/** Fields of a form that say how its file is to be read. */
const FILE_FIELDS: readonly string[] = ['mapping', 'defaultCountry'];

export interface CreateRequest {
  readonly plan: CampaignPlan;
  readonly file: RecipientFile | null;
  /** Null: it is a draft until somebody starts it. */
  readonly schedule: Schedule | null;
}

/** Reads the request that makes a campaign, which comes as JSON or, with a file of recipients, as a form. */
@Injectable()
export class CampaignRequests {
  private readonly validation = new RequestValidationPipe();

  constructor(
    private readonly uploads: CampaignUploads,
    private readonly config: Config,
  ) {}

  async read<T>(request: FastifyRequest, use: (request: CreateRequest) => Promise<T>): Promise<T> {
    if (!request.isMultipart()) {
      const dto = await this.validated(request.body ?? {});
      return use({ plan: planOf(dto), file: null, schedule: scheduleOf(dto) ?? null });
    }
    return this.uploads.read(request, ['file'], async (form) => {
      const fields = Object.entries(form.fields);
      const body = fields.filter(([name]) => !FILE_FIELDS.includes(name)).map(fromText);
      const dto = await this.validated(Object.fromEntries(body));
      const plan = planOf(dto, form.file !== null);
      return use({ plan, file: this.fileOf(form), schedule: scheduleOf(dto) ?? null });
    });
  }

  fileOf({ file, fields }: CampaignForm): RecipientFile | null {
    if (file === null) return null;
    const told = Object.entries(fields).filter(([name]) => FILE_FIELDS.includes(name));
    const { mapping, defaultCountry } = importOptions(new Map(told), this.config.defaultCountry);
    return { ...file, mapping, ...(defaultCountry === undefined ? {} : { defaultCountry }) };
  }

  private async validated(body: unknown): Promise<CreateCampaignDto> {
    const metadata = { type: 'body', metatype: CreateCampaignDto } as const;
    return (await this.validation.transform(body, metadata)) as CreateCampaignDto;
  }
}

function fromText([name, text]: [string, string]): [string, unknown] {
  if (!JSON_FIELDS.includes(name)) return [name, text];
  try {
    return [name, JSON.parse(text)];
  } catch {
    const detail = `${name} must be JSON text in a form, for example ${JSON_EXAMPLES[name] ?? '["…"]'}`;
    throw invalid(name, detail);
  }
}

/** What a request says, as a plan. With a file, the file is the audience. */
export function planOf(dto: CreateCampaignDto, hasFile = false): CampaignPlan {
  const { content, variants = null, winner = null } = saidOf(dto, contentOf(dto));
  if (content === undefined) {
    throw invalid('message', 'say what to send: message (a text), content, or variants (several texts)');
  }
  const audience = audienceOf(dto);
  if (hasFile && audience !== undefined) {
    throw invalid('audience', 'a campaign with a file has the rows of the file for its audience');
  }
  if (!hasFile && audience === undefined) {
    throw invalid(
      'audience',
      'say to whom: contacts (a list of ids), audience ({"all":true}, tags, conditions), or a file',
    );
  }
  return {
    name: dto.name.trim(),
    content,
    variants,
    winner,
    // Its place is taken by the file's columns and counts once they are known.
    audience: audience ?? { kind: 'file', fileName: '', rows: 0, rejected: 0, columns: [] },
    channelIds: dto.channelIds ?? [],
    category: dto.category ?? 'marketing',
    ratePerSecond: dto.ratePerSecond ?? null,
    pacing: isGiven(dto.pacing) ? readPacing(dto.pacing) : null,
    weight: dto.weight ?? 1,
    ...governanceOf(dto),
    ...capIn(dto),
    window: windowOf(dto.window) ?? null,
  };
}

/** What is not given, or null, stays as it is; but a schedule or a window of null is taken away. */
export function changeOf(dto: ChangeCampaignDto): CampaignChange {
  const change = {
    name: dto.name?.trim(),
    audience: audienceOf(dto),
    channelIds: dto.channelIds,
    category: dto.category,
    ratePerSecond: dto.ratePerSecond,
    pacing: isGiven(dto.pacing) ? readPacing(dto.pacing) : undefined,
    weight: dto.weight,
  };
  const given = Object.entries(change).filter(([, value]) => value !== undefined && value !== null);
  const schedule = scheduleOf(dto);
  const window = windowOf(dto.window);
  const said = saidOf(dto, contentOf(dto));
  return {
    ...Object.fromEntries(given),
    ...said,
    ...(schedule === undefined ? {} : { schedule }),
    ...(dto.confirm === true ? { isConfirmed: true } : {}),
    ...(window === undefined ? {} : { window }),
    ...governanceOf(dto),
    ...capIn(dto),
  };
}

/** Undefined where neither is given. */
export function contentOf({
  message,
  content,
}: Pick<ChangeCampaignDto, 'message' | 'content'>): MessageContent | undefined {
  const hasMessage = isGiven(message);
  if (hasMessage && isGiven(content)) {
    throw invalid(
      'message',
      'message and content exclude each other: message is a text, content anything else',
    );
  }
  if (hasMessage) return parseContent({ type: 'text', text: message });
  return isGiven(content) ? parseContent(content) : undefined;
}

function audienceOf({ contacts, audience }: ChangeCampaignDto): Audience | undefined {
  const hasContacts = isGiven(contacts);
  if (hasContacts && isGiven(audience)) throw invalid('contacts', 'contacts and audience exclude each other');
  if (hasContacts) return { kind: 'contacts', ids: [...new Set(contacts)] };
  return isGiven(audience) ? selectionOf(audience) : undefined;
}

/** Optional fields may come as null. */
function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}
