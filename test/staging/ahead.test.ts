import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder } from '../../src/core/data-folder.ts';
import type { Transferred } from '../../src/core/journey.ts';
import { vendorSourceOf } from '../../src/core/vendor-source.ts';
import { aheadOf, arrivedAhead, listAhead, receiveAhead } from '../../src/staging/staging.ts';
import { makeLake, only } from '../support/gexlake.ts';
import { test } from '../support/shares.ts';

const transferred: Transferred = {
  location: 'https://hist.gex.bot/x',
  wire_bytes: 2,
  etag: null,
  last_modified: null,
  content_md5: null,
  content_length: 2,
  modified_at: null,
  archive_checksum: null,
};
const name = '2026-01-27_SPX_classic_gex_zero.json';

test('a file that is downloaded ahead appears whole, with what was said of it, and stays', async (context) => {
  const { desk } = await makeLake(context);
  const folder = dataFolder(desk);
  const ahead = aheadOf(folder, vendorSourceOf('gexbot:hist/SPX/classic/gex_zero/2026-01-27') ?? assert.fail());
  const receive = async (text: string) => {
    const incoming = await receiveAhead(await mkdtemp(join(desk, 'private-')));
    await incoming.sink.append(Buffer.from('lost'));
    await incoming.sink.reset();
    await incoming.sink.append(Buffer.from(text));
    return incoming;
  };
  const cut = await receive('[{');
  assert.equal(await cut.sink.lacks(), 'it ends inside its JSON');
  await cut.discard();
  assert.deepEqual(await listAhead(folder), []);

  const whole = await receive('[]');
  assert.equal(await whole.sink.lacks(), null);
  await whole.finish(name);
  assert.equal(await arrivedAhead(ahead), null);
  await whole.keep(ahead, transferred);
  assert.deepEqual(await arrivedAhead(ahead), transferred);

  const second = await receive('[1]');
  await second.finish(name);
  await second.keep(ahead, transferred);
  assert.equal(await readFile(ahead.path, 'utf8'), '[]');
  assert.deepEqual(await readdir(join(folder.inbox, 'vendor')), ['hist_SPX_classic_gex_zero_2026-01-27']);
  assert.equal(only(await listAhead(folder)).name, 'hist_SPX_classic_gex_zero_2026-01-27');
});
