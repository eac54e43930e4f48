import { noticeKinds, type NoticeKind } from '../core/notice-kinds.ts';
import { noticeForms, type NoticeForm, type NoticeTarget } from '../core/notices.ts';
import { isText, type Read } from './values.ts';

const expected = `tables of url, form (${noticeForms.join(', ')}) and kinds (${noticeKinds.join(', ')}), or in the environment form+url, separated by commas`;

/** Who is told what: `[[notify]]` tables, or in the environment `slack+https://…`, separated by commas. */
export function readNotify(given: unknown): Read<readonly NoticeTarget[]> {
  const entries = typeof given === 'string' ? given.split(',').map(fromText) : Array.isArray(given) ? given : [null];
  const targets = entries.map(toTarget);
  return targets.every((target) => target !== null) ? { value: targets } : { expected };
}

function fromText(entry: string): unknown {
  const match = /^\s*(?:([a-z]+)\+)?(https?:\/\/.*?)\s*$/i.exec(entry);
  return match === null ? null : { url: match[2], ...(match[1] === undefined ? {} : { form: match[1].toLowerCase() }) };
}

function toTarget(entry: unknown): NoticeTarget | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const { url, form, kinds = null, ...rest } = entry as Readonly<Record<string, unknown>>;
  const address = isText(url) ? URL.parse(url) : null;
  if (!isText(url) || address === null || !/^https?:$/.test(address.protocol) || Object.keys(rest).length > 0)
    return null;
  const named = form ?? formOf(address);
  if (!isForm(named) || !(kinds === null || areKinds(kinds))) return null;
  return { url, form: named, kinds };
}

/** The form that a well-known receiver takes. */
function formOf({ hostname }: URL): NoticeForm {
  if (hostname === 'hooks.slack.com') return 'slack';
  return hostname === 'ntfy.sh' ? 'ntfy' : 'json';
}

function isForm(value: unknown): value is NoticeForm {
  return (noticeForms as readonly unknown[]).includes(value);
}

function areKinds(value: unknown): value is readonly NoticeKind[] {
  return Array.isArray(value) && value.every((kind) => (noticeKinds as readonly unknown[]).includes(kind));
}
