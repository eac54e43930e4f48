import type { NoticeKind } from '../core/notice-kinds.ts';
import type { NoticeForm } from '../core/notices.ts';

/** What a message says. */
export type Told = {
  readonly matter: string;
  readonly kind: NoticeKind | 'test';
  readonly state: 'raised' | 'cleared';
  readonly title: string;
  readonly text: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
};

export type Body = { readonly body: string; readonly headers: Readonly<Record<string, string>> };

/** The kinds that somebody should be woken for: what is lost tomorrow cannot be had again. */
const urgent: ReadonlySet<Told['kind']> = new Set(['day_at_risk', 'day_lost', 'verify_failed']);

/** Puts a message into the form that its receiver takes. */
export function bodyOf(form: NoticeForm, told: Told): Body {
  const isOver = told.state === 'cleared';
  const title = isOver ? `All clear: ${told.title}` : told.title;
  const text = isOver ? 'This is over.' : told.text;
  switch (form) {
    case 'json':
      return asJson({ program: 'gexlake', ...told, title, text });
    case 'slack':
      return asJson({ text: `*${escaped(title)}*\n${escaped(text)}` });
    case 'ntfy':
      return {
        body: text,
        // Headers are ASCII; ntfy reads RFC 2047 in its title.
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          title: /^[\x20-\x7e]*$/.test(title) ? title : `=?UTF-8?B?${Buffer.from(title).toString('base64')}?=`,
          priority: isOver ? 'low' : urgent.has(told.kind) ? 'high' : 'default',
          tags: isOver ? 'white_check_mark' : 'warning',
        },
      };
  }
}

function asJson(value: unknown): Body {
  return { body: JSON.stringify(value), headers: { 'content-type': 'application/json' } };
}

/** Slack takes these three for the beginning of its own marks. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
