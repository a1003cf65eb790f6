import type { ControlFields } from './control-fields.js';
import { ControlProblem } from './control-fields.js';
import type { Template, TemplateComponent } from './templates.js';

/** `{ templates: [{ name, language, category?, status?, parameterFormat?, body? | components? }] }` */
export function readTemplates(fields: ControlFields): Template[] {
  const given = fields.objects('templates');
  fields.refuseOthers();
  if (!given) throw new ControlProblem(400, 'templates is missing; it must be a list', 'templates');
  return given.map((template, at) => {
    const body = template.text('body');
    const components = template
      .objects('components')
      ?.map((component) => component.raw() as unknown as TemplateComponent);
    const read: Template = {
      id: template.text('id') ?? String(2001 + at),
      name: template.requiredText('name'),
      language: template.requiredText('language'),
      category: template.text('category') ?? 'MARKETING',
      status: template.text('status') ?? 'APPROVED',
      parameter_format: template.text('parameterFormat') ?? 'POSITIONAL',
      components: components ?? [{ type: 'BODY', text: body ?? '' }],
    };
    template.refuseOthers();
    return read;
  });
}
