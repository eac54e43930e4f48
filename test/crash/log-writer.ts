import { writeSync } from 'node:fs';
import { armFault } from '../../src/platform/faults.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { onStep } from '../../src/platform/steps.ts';
import { openJobLog } from '../../src/joblog/joblog.ts';
import { holder, publish, request } from '../joblog/ports/made.ts';

/*
 * Writes into a job log, one short transaction after the other, until it is killed, and says on standard output what has been acknowledged:
 * `<job> <status>`. With `closing` it also says when a transaction is done and the database is about to be closed; with `wide` each turn begins
 * with a transaction that is too large for an entry of the journal. Where a number of turns is given, it ends after them.
 */

const [path = '', mode = '', turns = 'Infinity'] = process.argv.slice(2);
const say = (line: string) => writeSync(1, `${line}\n`);
const tell = (jobs: readonly { readonly id: string; readonly status: string }[]) => {
  for (const { id, status } of jobs) say(`${id} ${status}`);
};
if (mode === 'closing')
  onStep((step) => {
    if (step === 'log:committed') say('closing');
  });
else armFault();

const log = openJobLog(path, { clock: systemClock, commandOf: () => null });
for (let turn = 0; turn < Number(turns); turn++) {
  if (mode === 'wide') tell(await log.queue.enqueue(Array.from({ length: 150 }, (_, at) => request(`/wide-${at}`))));
  const asked = await log.queue.enqueue([request(`https://example.com/${turn}?sig=x`), request('/b')]);
  tell(asked);
  tell(
    await log.queue.cancel(
      asked.slice(0, 1).map(({ id }) => id),
      holder.actor,
    ),
  );
  const { id } = await publish(log, `of ${process.pid} ${turn}`, request('/c'));
  say(`${id} completed`);
  tell(
    await log.queue.cancel(
      asked.slice(1).map((job) => job.id),
      holder.actor,
    ),
  );
}
