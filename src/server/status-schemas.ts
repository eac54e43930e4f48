import { Type, type Static } from 'typebox';
import { text } from './schema-parts.ts';

export const healthSchema = Type.Object(
  {
    status: Type.Enum(['ready', 'not ready'], { description: 'In a word.' }),
    live: Type.Literal(true, { description: 'It answers.' }),
    ready: Type.Boolean({ description: 'Whether it can do its work.' }),
    reasons: Type.Array(Type.Object({ code: text('A code of docs/errors.md.'), message: text('What is wrong.') }), {
      description: 'Why it is not ready.',
    }),
    version: text('The version of gexlake.'),
  },
  { $id: 'Health', description: 'Whether the service lives and can work.' },
);

export type Health = Static<typeof healthSchema>;
