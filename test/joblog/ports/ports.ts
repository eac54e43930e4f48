import { attempts } from './attempts.ts';
import { feed } from './feed.ts';
import { files } from './files.ts';
import { jobs } from './jobs.ts';
import type { Demands } from './made.ts';
import { quality } from './quality.ts';
import { notices } from './notices.ts';
import { queue } from './queue.ts';
import { recovery } from './recovery.ts';
import { sources } from './sources.ts';
import { vendor } from './vendor.ts';
import { whole } from './whole.ts';

/** What every implementation of the job log must do, port by port. */
export const ports: Readonly<Record<string, Demands>> = {
  queue,
  attempts,
  recovery,
  jobs,
  files,
  sources,
  quality,
  vendor,
  notices,
  feed,
  whole,
};
