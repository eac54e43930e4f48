import { Type, type Static } from 'typebox';
import { fetchStates } from '../core/fetch-state.ts';
import { count, orNull, text, textOrNull, time, timeOrNull } from './schema-parts.ts';

const fetchSchema = Type.Object({
  state: Type.Enum([...fetchStates], {
    description:
      'In a word: `elsewhere`: another process does it; `paused`: the key is of no use until `next_at`; `failing`: it is tried again then.',
  }),
  since: time('Since when it is so.'),
  next_at: timeOrNull('When something is next to be done.'),
  problem: textOrNull('A code of docs/errors.md.'),
  sessions_done: count('Sessions of the round that runs, or ran last, that were asked for.'),
  sessions_total: count('Sessions of that round.'),
  bytes: count('Bytes that have come in it.'),
});

export const healthSchema = Type.Object(
  {
    status: Type.Enum(['ready', 'not ready'], { description: 'In a word.' }),
    live: Type.Literal(true, { description: 'It answers.' }),
    ready: Type.Boolean({ description: 'Whether it can do its work.' }),
    reasons: Type.Array(Type.Object({ code: text('A code of docs/errors.md.'), message: text('What is wrong.') }), {
      description: 'Why it is not ready.',
    }),
    fetch: orNull(
      fetchSchema,
      'How fetching by itself gets on; null where nothing is subscribed to, or there is no key.',
    ),
    version: text('The version of gexlake.'),
  },
  { $id: 'Health', description: 'Whether the service lives and can work.' },
);

export type Health = Static<typeof healthSchema>;
