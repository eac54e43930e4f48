import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'node:test';
import { buffer } from 'node:stream/consumers';
import type { AnchorReport, KeyReport, LogReport, ShownEntry } from '../../src/app/app.ts';
import { dayImported } from '../support/day-imported.ts';
import { errorOf, lakeAt, makeLake, only, type Lake, type Owner } from '../support/gexlake.ts';
import { put, records } from '../support/records.ts';
import { startService } from '../support/service.ts';
import { long, test } from '../support/shares.ts';

const tail = 'log/tail/000000000000';

async function livedIn(owner: Owner): Promise<Lake> {
  const { lake } = await dayImported(owner);
  return lake;
}

async function enqueue(lake: Lake, at: number): Promise<void> {
  const source = await put(lake.desk, `2025-10-${at}_SPX_classic_gex_zero.json`, records(20, (at - 22) * 86_400));
  assert.equal((await lake.run(['enqueue', source])).exitCode, 0);
}

async function writeChanged(path: string, text: string): Promise<void> {
  await rm(path);
  await writeFile(path, text);
}

const verify = (lake: Lake) => lake.json<LogReport>(['log', 'verify']);
const codesOf = ({ problems }: LogReport) => problems.map(({ code }) => code);

suite('gexlake log anchor --file', () => {
  test('writes the checkpoint, keeps it, notes it, and holds it against the entries from then on', async (context) => {
    const lake = await livedIn(context);
    const to = join(lake.desk, 'checkpoint');
    const report = await lake.json<AnchorReport>(['log', 'anchor', '--file', to]);
    const text = await readFile(to, 'utf8');
    assert.equal(text, `${report.origin}\n${report.size}\n${report.root}\n`);
    assert.equal(await readFile(join(lake.folder, report.kept), 'utf8'), text);
    const noted = only(await lake.json<ShownEntry[]>(['log', 'show', '--limit', '1']));
    assert.deepEqual([noted.what, noted.anchor?.to, noted.anchor?.root], [['anchored'], to, report.root]);
    const { ok, anchors } = await verify(lake);
    assert.deepEqual([ok, anchors], [true, 1]);
    await enqueue(lake, 23);
    assert.equal((await lake.run(['log', 'anchor', '--file', to])).exitCode, 0, 'an older one is replaced');
    const other = await makeLake(context);
    await enqueue(other, 23);
    const refused = await other.run(['log', 'anchor', '--file', to, '--json']);
    assert.equal(errorOf(refused).code, 'LOG_FORKED');
    assert.equal((await lake.run(['log', 'anchor'])).exitCode, 2);
  });

  long('names what is gone or has changed of what was given, and gives none into the data folder', async (context) => {
    const lake = await livedIn(context);
    const { kept } = await lake.json<AnchorReport>(['log', 'anchor', '--file', join(lake.desk, 'checkpoint')]);
    const text = await readFile(join(lake.folder, kept), 'utf8');
    await writeChanged(join(lake.folder, kept), `${text}extension\n`);
    const changed = await verify(lake);
    assert.deepEqual([codesOf(changed), changed.problems[0]?.path], [['ANCHOR_CHANGED'], kept]);
    await rm(join(lake.folder, kept));
    const gone = await verify(lake);
    assert.deepEqual([codesOf(gone), gone.problems[0]?.path], [['ANCHOR_CHANGED'], kept]);
    await writeFile(join(lake.folder, kept), 'junk');
    assert.deepEqual(codesOf(await verify(lake)), ['ANCHOR_CHANGED']);
    await writeChanged(join(lake.folder, kept), text);
    assert.deepEqual(codesOf(await verify(lake)), []);
    const junk = join(lake.desk, 'junk');
    await writeFile(junk, 'junk');
    for (const words of [
      ['log', 'anchor', '--file', junk],
      ['log', 'verify', '--checkpoint', junk],
    ]) {
      const refused = errorOf(await lake.run([...words, '--json']));
      assert.deepEqual([refused.code, refused.message.startsWith(junk)], ['CHECKPOINT_INVALID', true]);
    }
    const before = await readFile(join(lake.folder, 'log/checkpoint'));
    for (const place of ['anchor', 'log/checkpoint']) {
      const refused = await lake.run(['log', 'anchor', '--file', join(lake.folder, place), '--json']);
      assert.deepEqual([errorOf(refused).code, refused.exitCode], ['USAGE', 2], place);
    }
    assert.deepEqual(await readFile(join(lake.folder, 'log/checkpoint')), before);
  });

  long('names a journal that was put back behind an anchor', async (context) => {
    const lake = await livedIn(context);
    const [short, database] = [
      await readFile(join(lake.folder, tail)),
      await readFile(join(lake.folder, 'gex_history.db')),
    ];
    await enqueue(lake, 23);
    await lake.run(['log', 'anchor', '--file', join(lake.desk, 'checkpoint')]);
    await writeFile(join(lake.folder, tail), short);
    await writeFile(join(lake.folder, 'gex_history.db'), database);
    await rm(join(lake.folder, 'log/checkpoint'));
    const found = await verify(lake);
    assert.deepEqual(codesOf(found), ['LOG_ROLLED_BACK']);
    assert.match(found.problems[0]?.message ?? '', /the checkpoint log\/anchors\/\d+-[0-9a-f]{8}\.checkpoint has/);
  });
});

suite('a witness that means harm', () => {
  long('says nothing that a terminal would do', async (context) => {
    const lake = await livedIn(context);
    const server = createServer((_, response) => response.writeHead(500).end('\u001b]0;taken\u0007\u001b[31mno\r\nno'));
    const { origin } = await listening(context, server);
    const { stderr, exitCode } = await lake.run(['log', 'anchor', '--witness', origin], {
      env: { GEXLAKE_SOURCE_ALLOW: origin },
    });
    assert.equal(exitCode, 1);
    assert.match(stderr, /answered with status 500: \]0;taken \[31mno no \[ANCHOR_REFUSED\]/);
  });
});

const hasOpenssl = spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0;

/** A time-stamp authority on this machine: `openssl ts` behind a server. `change` may give another answer than it made. */
async function makeAuthority(owner: Owner, change: (answer: Buffer) => Buffer = (answer) => answer) {
  const folder = await mkdtemp(join(tmpdir(), 'gexlake-tsa-'));
  owner.after(() => rm(folder, { recursive: true, force: true }));
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  await writeFile(join(folder, 'extensions'), 'extendedKeyUsage = critical,timeStamping\n');
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  run('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', 'request.pem', '-subj', '/CN=authority');
  run('x509', '-req', '-in', 'request.pem', '-signkey', key, '-out', certificate, '-extfile', 'extensions');
  await writeFile(
    join(folder, 'tsa.cnf'),
    `[tsa]\ndefault_tsa = own\n[own]\nserial = ${folder}/serial\ncrypto_device = builtin\nsigner_cert = ${certificate}\nsigner_key = ${key}\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\n`,
  );
  const answer = async (query: Buffer) => {
    await writeFile(join(folder, 'query'), query);
    run('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query', '-out', 'reply');
    return change(await readFile(join(folder, 'reply')));
  };
  const server = createServer((request, response) => {
    const isOurs = request.headers['content-type'] === 'application/timestamp-query' && request.method === 'POST';
    buffer(request)
      .then(answer)
      .then((bytes) =>
        response.writeHead(isOurs ? 200 : 400, { 'content-type': 'application/timestamp-reply' }).end(bytes),
      )
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  return { ...(await listening(owner, server)), certificate };
}

async function listening(owner: Owner, server: Server): Promise<{ readonly origin: string }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  owner.after(async () => void server.close());
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

suite('gexlake log anchor --rfc3161', { skip: !hasOpenssl && 'there is no openssl here' }, () => {
  long('has a time-stamp authority sign the checkpoint, as openssl sees, too', async (context) => {
    const lake = await livedIn(context);
    const { origin, certificate } = await makeAuthority(context);
    const refused = await lake.run(['log', 'anchor', '--rfc3161', origin, '--json']);
    assert.equal(errorOf(refused).code, 'SOURCE_NOT_ALLOWED', 'an operator has to name what is on this machine');
    const env = { GEXLAKE_SOURCE_ALLOW: origin };
    const report = await lake.json<AnchorReport>(['log', 'anchor', '--rfc3161', origin], { env });
    assert.match(String(report.at), /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const token = join(lake.folder, report.kept);
    const checkpoint = token.replace(/-[0-9a-f]{8}\.tsr$/, '.checkpoint');
    const verified = ['ts', '-verify', '-data', checkpoint, '-in', token, '-CAfile', certificate];
    execFileSync('openssl', verified, { stdio: 'pipe' });
    assert.equal((await verify(lake)).anchors, 1);
  });

  long('takes no answer that is about something else, is damaged, or refuses', async (context) => {
    const lake = await livedIn(context);
    let first: Buffer | null = null;
    const replaying = await makeAuthority(context, (answer) => (first ??= answer));
    const env = { GEXLAKE_SOURCE_ALLOW: replaying.origin };
    assert.equal((await lake.run(['log', 'anchor', '--rfc3161', replaying.origin], { env })).exitCode, 0);
    const before = await lake.tree('log');
    const changes: readonly ((answer: Buffer) => Buffer)[] = [
      () => first ?? Buffer.alloc(0),
      (answer) => answer.subarray(0, -5),
      () => Buffer.from('<html>'),
      () => Buffer.from('3003020102', 'hex'),
      () => Buffer.from('30053003020102', 'hex'),
    ];
    for (const change of changes) {
      const authority = await makeAuthority(context, change);
      const ran = await lake.run(['log', 'anchor', '--rfc3161', authority.origin, '--json'], {
        env: { GEXLAKE_SOURCE_ALLOW: authority.origin },
      });
      assert.equal(errorOf(ran).code, 'ANCHOR_REFUSED', String(change));
    }
    const anchorsIn = (tree: ReadonlyMap<string, string>) =>
      [...tree.keys()].filter((name) => name.startsWith('anchors'));
    assert.deepEqual(anchorsIn(await lake.tree('log')), anchorsIn(before));
  });
});

suite('gexlake log anchor --witness', () => {
  long('has another service sign checkpoints that go on from the last one, and no others', async (context) => {
    const [lake, home] = [await livedIn(context), await makeLake(context)];
    const env = { XDG_CONFIG_HOME: join(lake.desk, 'config') };
    const { key } = await lake.json<KeyReport>(['log', 'key', 'new'], { env });
    const own = { GEXLAKE_WITNESS_KEY_FILE: join(home.desk, 'key'), GEXLAKE_WITNESS_LOGS: String(key) };
    const { key: witnessKey } = await home.json<{ key: string }>(['log', 'key', 'witness', 'example.com/w'], {
      env: own,
    });
    const service = await startService(context, home, { env: own });
    const to = ['log', 'anchor', '--witness', `${service.url}/witness`, '--witness-key', witnessKey];
    const allowed = { ...env, GEXLAKE_SOURCE_ALLOW: service.url };
    const copy = join(lake.desk, 'copy');
    execFileSync('cp', ['-a', lake.folder, copy]);

    for (const at of [23, 24]) {
      await enqueue(lake, at);
      const report = await lake.json<AnchorReport>(to, { env: allowed });
      assert.match(String(report.at), /^20/);
      assert.match(await readFile(join(lake.folder, report.kept), 'utf8'), /^— example\.com\/w [A-Za-z0-9+/]+=*\n$/);
    }
    assert.equal((await verify(lake)).anchors, 2);

    const older = lakeAt(copy, lake.desk);
    assert.equal(errorOf(await older.run([...to, '--json'], { env: allowed })).code, 'LOG_ROLLED_BACK');
    // As many entries as the witness has seen, and then more.
    for (const later of [
      [26, 27, 28],
      [29, 30],
    ]) {
      for (const at of later) await enqueue(older, at);
      assert.equal(errorOf(await older.run([...to, '--json'], { env: allowed })).code, 'LOG_FORKED');
    }
    const { unchecked } = await lake.json<AnchorReport>(to.slice(0, -2), { env: allowed });
    assert.match(String(unchecked), /the signature of the witness: no key was given/);
    const stranger = await makeLake(context);
    await enqueue(stranger, 23);
    const strange = await stranger.run([...to, '--json'], { env: { GEXLAKE_SOURCE_ALLOW: service.url } });
    assert.match(errorOf(strange).message, /status 404/);

    for (const [body, status] of [
      ['', 400],
      ['old 0\n\nno checkpoint\n', 400],
      [`old 0\n\n${await readFile(join(lake.folder, 'log/checkpoint'), 'utf8')}`, 409],
      [`old 0\n\n${(await readFile(join(lake.folder, 'log/checkpoint'), 'utf8')).replace(/\n\n.*$/s, '\n')}`, 403],
    ] as const)
      assert.equal((await service.ask('/witness/add-checkpoint', { method: 'POST', body })).status, status, body);
  });
});
