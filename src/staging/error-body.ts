import { redactText } from '../core/redact.ts';

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
