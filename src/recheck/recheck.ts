/*
 * The door of the room that looks at sources again: whether a vendor still gives what was imported. It publishes nothing. What is
 * asked again by itself, and when, is for whoever knows the vendor: it calls `recheckSource` with the source's address.
 */

export {
  listRechecks,
  recheckSource,
  type AskedRecheck,
  type ListedRecheck,
  type RecheckReport,
} from './recheck-source.ts';
