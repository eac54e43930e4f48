import { Type, type Static, type TSchema } from 'typebox';

/*
 * What comes and goes over HTTP is said once, in the schemas beside the routes: requests are validated by them, the handlers' types and the
 * OpenAPI document are made of them. Those with an `$id` stand in the document under that name.
 */

export const text = (description: string) => Type.String({ description });

export const orNull = <T extends TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

export const count = (description: string) => Type.Integer({ minimum: 0, description });

export const time = (description: string) => Type.String({ format: 'date-time', description });

export const date = (description: string) => Type.String({ format: 'date', description });

export const textOrNull = (description: string) => orNull(Type.String(), description);

export const countOrNull = (description: string) => orNull(Type.Integer({ minimum: 0 }), description);

export const timeOrNull = (description: string) => orNull(Type.String({ format: 'date-time' }), description);

/** A schema by its name in the document. */
export function named<T extends TSchema>(schema: T): ReturnType<typeof Type.Unsafe<Static<T>>> {
  const { $id } = schema as { readonly $id?: string };
  return Type.Unsafe<Static<T>>({ $ref: `${$id}#` });
}

export const cursorOrNull = textOrNull('Give it as `cursor` for the next page; null at the end.');

export const field = (description: string) => Type.Optional(Type.String({ maxLength: 200, description }));

export const address = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 8_192, description }));

export const filter = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 64, description }));

export const day = (description: string) => Type.Optional(Type.String({ format: 'date', description }));

export const pageFields = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 500, default: 50, description: 'Most rows of the answer.' }),
  ),
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 600,
      pattern: '^[A-Za-z0-9_-]+$',
      description: 'The `next_cursor` of the page before.',
    }),
  ),
};

export const sessionFields = {
  session_date: day('Only this session.'),
  session_date_from: day('Only sessions from this day on.'),
  session_date_to: day('Only sessions up to this day.'),
};

/** An answer of a route, with what it means. */
export function answer<T extends TSchema>(schema: T, description: string) {
  const content = { 'application/json': { schema: named(schema) } };
  return { description, content } as unknown as ReturnType<typeof named<T>>;
}
