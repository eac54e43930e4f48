import { join, relative } from 'node:path';
import type { DataFolder } from '../core/data-folder.ts';
import type { StoredPath } from '../core/stored-path.ts';
import { vendorParts } from '../core/vendor-form.ts';
import { vendorSourceOf } from '../core/vendor-source.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import type { PruneAction } from './retention-plan.ts';
import { changedAt_ms } from '../platform/files.ts';
import { sizeOfFolder } from '../platform/listing.ts';
import { aheadOf, listAhead, listInbox } from '../staging/staging.ts';
import { moveToTrash } from '../maintenance/maintenance.ts';

const day_ms = 86_400_000;

/**
 * What lies in the inbox for longer than staged JSON stays, and no job waits for it: bytes whose job has failed before it staged
 * them, or that a crash has left beside their staged copy. Never younger than a day, since its job may just be being made.
 */
export async function inboxDue(context: GovernContext, now_ms: number): Promise<PruneAction[]> {
  const { folder, log, staged_days } = context;
  const stays_ms = Math.max(1, staged_days) * day_ms;
  const isOld = ({ arrived_ms }: { readonly arrived_ms: number }) => now_ms - arrived_ms >= stays_ms;
  const old = (await listInbox(folder)).filter(isOld);
  const ahead = (await downloads(folder)).filter(isOld);
  if (old.length === 0 && ahead.length === 0) return [];
  const awaited = await log.sources.awaited();
  const due = old.filter(({ id }) => !awaited.some((url) => url.includes(`/.inbox/${id}/`)));
  const wanted = new Set(awaited.flatMap((url) => downloadOf(context, url)));
  const left = ahead.filter(({ path }) => !wanted.has(path));
  return Promise.all([...due, ...left].map(({ id, arrived_ms }) => discardAction(context, id, arrived_ms)));
}

/** What was downloaded from the vendor before its job has begun, as parts of the inbox. */
async function downloads(
  folder: DataFolder,
): Promise<{ readonly id: string; readonly path: string; readonly arrived_ms: number }[]> {
  const found = await listAhead(folder);
  return Promise.all(
    found.map(async ({ path }) => {
      const arrived_ms = (await changedAt_ms(path)) ?? Number.POSITIVE_INFINITY;
      return { id: relative(folder.inbox, path).replaceAll('\\', '/'), path, arrived_ms };
    }),
  );
}

function downloadOf({ folder }: GovernContext, url: string): string[] {
  const source = vendorParts(url) === null ? null : vendorSourceOf(url);
  return source === null ? [] : [aheadOf(folder, source).folder];
}

/** Does such an action: what is gone meanwhile is fine. */
export async function discardFromInbox(context: GovernContext, path: StoredPath): Promise<void> {
  if ((await context.store.stat(path)) !== null) await moveToTrash(context, path);
}

async function discardAction({ folder }: GovernContext, id: string, arrived_ms: number): Promise<PruneAction> {
  return {
    action: 'discard',
    path: `.inbox/${id}`,
    bytes: await sizeOfFolder(join(folder.inbox, id)),
    reversible: true,
    reason: `came in ${new Date(arrived_ms).toISOString().slice(0, 10)}, and no job waits for it`,
    job_id: null,
    target: null,
  };
}
