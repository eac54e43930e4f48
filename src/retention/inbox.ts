import { join } from 'node:path';
import type { StoredPath } from '../core/stored-path.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import type { PruneAction } from './retention-plan.ts';
import { sizeOf } from '../platform/files.ts';
import { listFiles } from '../platform/listing.ts';
import { listInbox } from '../staging/staging.ts';
import { moveToTrash } from '../maintenance/maintenance.ts';

const day_ms = 86_400_000;

/**
 * What lies in the inbox for longer than staged JSON stays, and no job waits for it: bytes whose job has failed before it staged
 * them, or that a crash has left beside their staged copy. Never younger than a day, since its job may just be being made.
 */
export async function inboxDue(context: GovernContext, now_ms: number): Promise<PruneAction[]> {
  const { folder, log, staged_days } = context;
  const stays_ms = Math.max(1, staged_days) * day_ms;
  const old = (await listInbox(folder)).filter(({ arrived_ms }) => now_ms - arrived_ms >= stays_ms);
  if (old.length === 0) return [];
  const awaited = await log.sources.awaited();
  const due = old.filter(({ id }) => !awaited.some((url) => url.includes(`/.inbox/${id}/`)));
  return Promise.all(due.map(({ id, arrived_ms }) => discardAction(context, id, arrived_ms)));
}

/** Does such an action: what is gone meanwhile is fine. */
export async function discardFromInbox(context: GovernContext, path: StoredPath): Promise<void> {
  if ((await context.store.stat(path)) !== null) await moveToTrash(context, path);
}

async function discardAction({ folder }: GovernContext, id: string, arrived_ms: number): Promise<PruneAction> {
  const files = await listFiles(join(folder.inbox, id));
  const sizes = await Promise.all(files.map((file) => sizeOf(join(folder.inbox, id, file))));
  return {
    action: 'discard',
    path: `.inbox/${id}`,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    reversible: true,
    reason: `came in ${new Date(arrived_ms).toISOString().slice(0, 10)}, and no job waits for it`,
    job_id: null,
    target: null,
  };
}
