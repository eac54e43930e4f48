import { Type, type Static } from 'typebox';
import { text, textOrNull, named } from './schema-parts.ts';

export const problemSchema = Type.Object(
  {
    type: text('The code as a URN.'),
    title: text('The code in words.'),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'The HTTP status.' }),
    detail: text('What failed, which one, found against expected.'),
    code: text('The stable code; docs/errors.md has them all.'),
    hint: textOrNull('What to do.'),
    request_id: text('The request, as the log of the service names it.'),
  },
  { $id: 'Problem', description: 'An error (RFC 9457).' },
);

export type Problem = Static<typeof problemSchema>;

const problemStatuses = {
  400: 'The request cannot be read.',
  401: 'There is no token, or it is not known.',
  403: 'The token, the Host or the Origin does not allow it.',
  404: 'There is no such job.',
  405: 'The method does not fit the path.',
  408: 'The request came too slowly.',
  409: 'The state of the job does not allow it.',
  413: 'The body is too large.',
  415: 'The content type is not one that is understood.',
  422: 'The request is readable, but what it says does not fit.',
  429: 'Too many requests of this client.',
  500: 'Something failed that was not foreseen.',
  503: 'The log is busy, or the service is about to stop.',
} as const;

type ProblemStatus = keyof typeof problemStatuses;

/** The answers of a route for errors; those that every route can give are always there. */
export function problems<S extends ProblemStatus>(...statuses: readonly S[]) {
  const always = [400, 401, 403, 408, 422, 429, 500, 503] as const;
  const entries = [...always, ...statuses].map((status) => [
    status,
    {
      description: problemStatuses[status],
      content: { 'application/problem+json': { schema: named(problemSchema) } },
    },
  ]);
  return Object.fromEntries(entries) as Record<S | (typeof always)[number], ReturnType<typeof namedProblem>>;
}

function namedProblem() {
  return named(problemSchema);
}
