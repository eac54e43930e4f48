export { coverage } from './coverage.ts';
export { reconcile } from './reconcile.ts';
export type { GovernContext } from './context.ts';
