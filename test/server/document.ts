import { Validator } from '@seriousme/openapi-schema-validator';

/** What is wrong with an OpenAPI document by the schema of its own version. */
export async function validateOpenapi(text: string): Promise<unknown[]> {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(text) as Record<string, unknown>);
  if (valid && validator.version === '3.1') return [];
  return [validator.version, errors];
}
