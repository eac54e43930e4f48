import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal, type Draft, type RowChange } from '../../src/journal/journal.ts';
import type { Owner } from '../support/gexlake.ts';

/** A place for a journal, which goes with its owner. */
export async function makeRoot(owner: Owner): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-journal-'));
  owner.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'log');
}

export function draft(id: number, more: Partial<Draft> = {}): Draft {
  const rows: RowChange[] = [{ table: 'import_jobs', row: { id: String(id), status: 'pending' } }];
  const committed_at = '2026-01-05T10:00:00.000Z';
  return { kind: 'change', committed_at, actor: 'tester', what: ['enqueued'], rows, ...more };
}

/** Adds so many entries to the journal of a place. */
export async function journalOf(root: string, count: number): Promise<Journal> {
  const journal = new Journal(root);
  for (let id = 0; id < count; id++) await journal.append(draft(id));
  return journal;
}
