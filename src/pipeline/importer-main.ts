import { limits as defaultLimits } from '../core/limits.ts';
import { loadEngine } from '../db/db.ts';
import { armFault } from '../platform/faults.ts';
import type { FromImporter, ToImporter } from './importer.ts';
import { Importer } from './importing.ts';

/*
 * The importer process: started by a gexlake process over an IPC channel, does its work and ends. Interrupts of the terminal
 * reach both and mean the same to both: the first lets it finish the running job, the second ends that. Without its parent it has
 * so long for that job as the limit says.
 */

/** Signals that it got itself: a terminal's reach its parent as well, which then says the same. */
let interrupts = 0;
let orphan_ms: number = defaultLimits.orphan_ms;

// Loaded while the parent still reads its settings.
loadEngine();

// The tests of crash safety place a kill or a failure at one step of this process.
armFault();

const importer = new Importer(tell, () => {
  if (process.connected) process.disconnect();
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Without its parent nobody waits for the running job either.
    importer.hear({ type: interrupts++ > 0 || !process.connected ? 'abort' : 'finish' });
  });
}
process.on('disconnect', () => {
  // The parent is gone: nobody waits for more, but a running job is worth finishing. What it leaves is taken up as after a crash.
  setTimeout(() => process.exit(1), orphan_ms).unref();
  importer.hear({ type: 'go', gate: { since: null, quiet_ms: 0 } });
  importer.hear({ type: 'finish' });
});
process.on('message', (message: ToImporter) => {
  if (message.type === 'start') orphan_ms = message.settings.limits.orphan_ms;
  importer.hear(message);
});

function tell(message: FromImporter): void {
  if (process.connected) process.send?.(message);
}
