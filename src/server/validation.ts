import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';

const strictness = { allErrors: false, removeAdditional: false, useDefaults: true, strict: false } as const;

/** A body is JSON and says its types itself. */
const forBodies = addFormats.default(new Ajv({ ...strictness, coerceTypes: false }));

/** Queries and paths are texts: a number is what reads like one. */
const forTexts = addFormats.default(new Ajv({ ...strictness, coerceTypes: true }));

/** Validates each part of a request by its schema. Nothing that is not known is dropped without a word. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const ajv = httpPart === 'body' ? forBodies : forTexts;
  const validate = ajv.compile(schema);
  return (data: unknown) => {
    if (validate(data)) return { value: data };
    return { error: Object.assign(new Error('invalid'), { validation: validate.errors ?? [] }) as never };
  };
};
