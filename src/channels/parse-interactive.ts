import type { InteractiveContent } from './providers/message-content.js';
import { shown, type ContentReader } from './content-reader.js';
import { checkMedia } from './parse-template.js';

const INTERACTIVE_TYPES = ['button', 'list', 'cta_url'];
const LONGEST_JSON = 32_768;
const LONGEST_HEADER = 60;
const LONGEST_FOOTER = 60;
const LONGEST_BODY = 1024;
const LONGEST_LIST_BODY = 4096;
const LONGEST_TITLE = 20;
const LONGEST_ROW_TITLE = 24;
const LONGEST_DESCRIPTION = 72;
const LONGEST_BUTTON_ID = 256;
const LONGEST_ROW_ID = 200;
const MOST_BUTTONS = 3;
const MOST_ROWS = 10;
const LONGEST_LINK = 2000;

/** Meta's `interactive` object, with Meta's limits: up to three reply buttons, a list of up to ten rows, or one link. */
export function interactiveOf(reader: ContentReader): InteractiveContent['interactive'] {
  const example = '{"type":"button","body":{"text":"…"},"action":{"buttons":[…]}}';
  const interactive = reader.object('interactive', example);
  if (interactive === undefined) return { type: '' };
  const { type } = interactive.members;
  if (typeof type !== 'string' || !INTERACTIVE_TYPES.includes(type)) {
    interactive.fault('type', `type ${shown(type)} must be one of ${INTERACTIVE_TYPES.join(', ')}`);
    return { type: '' };
  }
  if (JSON.stringify(interactive.members).length > LONGEST_JSON) {
    interactive.fault('', `interactive must be at most ${LONGEST_JSON} characters of JSON`);
  }
  interactive.refuseOthers(['type', 'header', 'body', 'footer', 'action'], 'interactive');
  const longestBody = type === 'list' ? LONGEST_LIST_BODY : LONGEST_BODY;
  interactive.object('body', '{"text":"…"}')?.text('text', longestBody, 'rendered');
  if (interactive.members['footer'] !== undefined) {
    interactive.object('footer', '{"text":"…"}')?.text('text', LONGEST_FOOTER, 'rendered');
  }
  if (interactive.members['header'] !== undefined) checkHeader(interactive, type);
  const action = interactive.object('action', ACTION_EXAMPLES[type] ?? '{…}');
  if (action !== undefined) CHECKS[type]?.(action);
  return { ...interactive.members, type };
}

const ACTION_EXAMPLES: Readonly<Record<string, string>> = {
  button: '{"buttons":[{"type":"reply","reply":{"id":"yes","title":"Yes"}}]}',
  list: '{"button":"Choose","sections":[{"rows":[{"id":"1","title":"One"}]}]}',
  cta_url: '{"name":"cta_url","parameters":{"display_text":"See","url":"https://…"}}',
};

const CHECKS: Readonly<Record<string, (action: ContentReader) => void>> = {
  button: checkButtons,
  list: checkList,
  cta_url: checkLink,
};

function checkHeader(interactive: ContentReader, type: string): void {
  const header = interactive.object('header', '{"type":"text","text":"…"}');
  if (header === undefined) return;
  const headerType = header.members['type'];
  if (headerType === 'text') {
    header.text('text', LONGEST_HEADER, 'rendered');
    return;
  }
  const known = type === 'list' ? ['text'] : ['text', 'image', 'video', 'document'];
  if (typeof headerType === 'string' && known.includes(headerType)) checkMedia(header, headerType);
  else header.fault('type', `type ${shown(headerType)} must be one of ${known.join(', ')}`);
}

function checkButtons(action: ContentReader): void {
  const example = '{"type":"reply","reply":{"id":"yes","title":"Yes"}}';
  const replies = action.objects('buttons', 1, MOST_BUTTONS, example).flatMap((button) => {
    if (button.members['type'] !== 'reply') button.fault('type', 'type must be reply');
    const reply = button.object('reply', '{"id":"yes","title":"Yes"}');
    if (reply === undefined) return [];
    reply.text('id', LONGEST_BUTTON_ID, 'rendered');
    reply.text('title', LONGEST_TITLE, 'rendered');
    return [reply];
  });
  refuseRepeated(replies, 'id');
  refuseRepeated(replies, 'title');
}

function checkList(action: ContentReader): void {
  action.text('button', LONGEST_TITLE, 'rendered');
  const sections = action.objects(
    'sections',
    1,
    MOST_ROWS,
    '{"title":"…","rows":[{"id":"1","title":"One"}]}',
  );
  const rows = sections.flatMap((section) => {
    if (sections.length > 1 || section.members['title'] !== undefined) {
      section.text('title', LONGEST_ROW_TITLE, 'rendered');
    }
    return section.objects('rows', 1, MOST_ROWS, '{"id":"1","title":"One"}');
  });
  if (rows.length > MOST_ROWS) {
    action.fault('sections', `the sections have ${rows.length} rows; a list may have ${MOST_ROWS} in all`);
  }
  for (const row of rows) {
    row.text('id', LONGEST_ROW_ID, 'rendered');
    row.text('title', LONGEST_ROW_TITLE, 'rendered');
    row.optionalText('description', LONGEST_DESCRIPTION, 'rendered');
  }
  refuseRepeated(rows, 'id');
}

function checkLink(action: ContentReader): void {
  if (action.members['name'] !== 'cta_url') action.fault('name', 'name must be cta_url');
  const parameters = action.object('parameters', '{"display_text":"See","url":"https://…"}');
  parameters?.text('display_text', LONGEST_TITLE, 'rendered');
  parameters?.link('url', LONGEST_LINK);
}

/** The answer comes back with the id alone: two of one id could not be told apart. */
function refuseRepeated(readers: readonly ContentReader[], member: string): void {
  const seen = new Set<unknown>();
  for (const reader of readers) {
    const value = reader.members[member];
    if (seen.has(value)) reader.fault(member, `${member} ${shown(value)} is there twice`);
    seen.add(value);
  }
}
