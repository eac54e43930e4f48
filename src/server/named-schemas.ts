import type { TSchema } from 'typebox';
import { fileSchema, filePageSchema, coverageSchema } from './data-schemas.ts';
import { jobSchema, jobResultSchema, eventSchema, jobDetailsSchema, jobPageSchema } from './job-schemas.ts';
import { problemSchema } from './problem-schemas.ts';
import { qualitySchema } from './quality-schemas.ts';
import { healthSchema } from './status-schemas.ts';

/** The schemas that stand in the document under their own names. */
export const namedSchemas: readonly TSchema[] = [
  problemSchema,
  jobSchema,
  jobResultSchema,
  eventSchema,
  fileSchema,
  jobDetailsSchema,
  jobPageSchema,
  filePageSchema,
  coverageSchema,
  qualitySchema,
  healthSchema,
];
