import { redactText } from './redact.ts';

const shown_characters = 200;

/**
 * The vendor's words, if a JSON text is an error answer and no records: `{"error":"…"}`, `{"error":{"message":"…"}}` or
 * `{"message":"…"}` without data. Fit to be shown: at most 200 characters, on one line, without secrets. Null otherwise.
 */
export function findErrorText(json: string): string | null {
  const body = parseObject(json);
  if (body === null) return null;
  const error = asObject(body['error']);
  const text = body['error'] ?? null;
  if (typeof text === 'string' && text !== '') return presentable(text);
  if (typeof error?.['message'] === 'string') return presentable(error['message']);
  const isRecords = 'data' in body || 'timestamp' in body;
  return typeof body['message'] === 'string' && !isRecords ? presentable(body['message']) : null;
}

/** Whether a JSON text is the answer of GEXBot's API with the link to the history, `{"url":"https://…"}`, and not the history. */
export function isLinkAnswer(json: string): boolean {
  const body = parseObject(json);
  const url = body?.['url'];
  return (
    body !== null && typeof url === 'string' && /^https?:\/\//i.test(url) && !('timestamp' in body || 'data' in body)
  );
}

/**
 * What a server says when it refuses: the text of a JSON error, code and message of Azure's and Amazon's XML, the title of a page, else the
 * words themselves. Fit to be shown; null where it says nothing.
 */
export function refusalText(body: string): string | null {
  const text = body.replace(/^\ufeff/, '').trim();
  if (text === '') return null;
  if (text.startsWith('{')) return findErrorText(text) ?? presentable(text);
  if (!text.startsWith('<')) return presentable(text);
  const code = element(text, 'Code');
  if (code === null)
    return presentable(
      element(text, 'title') ?? text.replaceAll(/<(?:style|script)\b[\s\S]*?<\/(?:style|script)>|<[^>]*>/gi, ' '),
    );
  const [message = ''] = (element(text, 'Message') ?? '').split('\n');
  // Why a signature does not hold may quote what was signed; when it ended may be told.
  const detail = element(text, 'AuthenticationErrorDetail') ?? '';
  return presentable([`${code}:`, message, /expiry/i.test(detail) ? detail : ''].join(' '));
}

/** The text of the first element of a name; null where there is none. */
function element(xml: string, name: string): string | null {
  const found = new RegExp(`<${name}\\b[^>]*>([^<]*)</${name}>`, 'i').exec(xml)?.[1]?.trim();
  return found === undefined || found === '' ? null : found;
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(json: string): JsonObject | null {
  try {
    return asObject(JSON.parse(json));
  } catch {
    return null;
  }
}

function asObject(value: unknown): JsonObject | null {
  // An object that JSON.parse made has string keys only.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** Takes out what could be a secret (queries, `sig=…` pairs, keys) and what could write over a terminal or a log line. */
function presentable(text: string): string {
  const bare = redactText(text)
    .replaceAll(/\b[\w.-]+=[^\s&"'<>]+/g, '…')
    .replaceAll(/\b(?:gexbot_\w+|bearer\s+\S+)/gi, '…')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return bare.length > shown_characters ? `${bare.slice(0, shown_characters - 1)}…` : bare;
}
