/** What the vendor says of a file or a bundle that it is asked for. */
export const vendorAnswers = [
  'given',
  'not_in_plan',
  'throttled',
  'not_published',
  'no_session',
  'too_old',
  'absent',
  'key_refused',
  'unreachable',
  'odd',
  'incomplete',
  'yesterday',
] as const;
export type VendorAnswer = (typeof vendorAnswers)[number];

/** Work that one process alone does by itself. */
export type DutyName = 'fetch';
