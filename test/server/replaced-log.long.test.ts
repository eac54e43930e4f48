import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loseJournal } from '../support/duckdb.ts';
import { lastFirst, makeLake } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';
import { follow, startService, type SeenEvent } from '../support/service.ts';

type Page = { readonly jobs: readonly { readonly id: string }[] };
type Counts = Readonly<Record<string, number>>;

const isSnapshot = ({ name: event }: SeenEvent) => event === 'snapshot';

test('a log that is put back from a backup while the service runs is the one that it shows', async (context) => {
  const owner = lastFirst(context);
  const lake = await makeLake(owner);
  const [first] = await lake.import([await put(lake.desk, name, records(20))]);
  const { snapshot } = await lake.json<{ snapshot: string }>(['backup', '--apply']);
  const lost = [];
  for (const day of ['23', '24']) {
    const [result] = await lake.import([await put(lake.desk, name.replace('22', day), records(5 + Number(day)))]);
    lost.push(result?.job_id ?? '');
  }
  const service = await startService(owner, lake);
  const follower = await follow(service);
  const begin = await follower.until(isSnapshot);
  assert.equal((await service.get<Page>('/jobs')).jobs.length, 3);

  // With its journal the log would be brought to its end again. The service may just have begun a new one.
  const restore = async () => {
    await loseJournal(lake.folder);
    return lake.run(['restore', snapshot, '--apply', '--json']);
  };
  let restored = await restore();
  if (restored.stderr.includes('LOG_FORKED')) restored = await restore();
  assert.ok(restored.exitCode === 0 || restored.exitCode === 6, restored.stderr);
  await follower.until(({ name: event }) => event === 'replaced');
  const anew = await follower.until((event) => isSnapshot(event) && event !== begin);
  const counts = anew.data['counts'] as Counts;
  assert.equal(counts['completed'], 1);
  assert.deepEqual(
    (anew.data['jobs'] as Page['jobs']).map(({ id }) => id),
    [first?.job_id],
  );
  assert.deepEqual(
    (await service.get<Page>('/jobs')).jobs.map(({ id }) => id),
    [first?.job_id],
  );
  assert.equal((await service.ask(`/jobs/${lost[0]}`)).status, 404);
  assert.match(await (await service.ask('/metrics')).text(), /^gex_jobs\{status="completed"\} 1$/m);

  // What happens from now on is told, under numbers of the new log.
  const [after] = await lake.json<{ id: string }[]>([
    'enqueue',
    await put(lake.desk, name.replace('22', '27'), records(3)),
  ]);
  const told = await follower.until(({ data }) => (data['job'] as { id?: string } | undefined)?.id === after?.id);
  assert.ok((told.id ?? 0) > (anew.id ?? 0));

  // A client that was away meanwhile comes back with a number of the old log.
  const back = await follow(service, begin.id ?? 0);
  await back.until(isSnapshot);
  assert.deepEqual(
    back.seen.slice(0, 2).map((event) => event.name),
    ['replaced', 'snapshot'],
  );
  back.close();
  follower.close();
  await service.stop();
});
