import assert from 'node:assert/strict';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from '../../scripts/build.ts';

/*
 * Other releases: copies of this program as built with another core/contract.js. Each gives the path of its program.
 */

type Step = { readonly from: string | RegExp; readonly to: string };

async function release(root: string, steps: readonly Step[]): Promise<string> {
  const here = join(import.meta.dirname, '../..');
  await mkdir(root);
  for (const name of ['build', 'bin', 'package.json'])
    await cp(join(here, name), join(root, name), { recursive: true });
  await symlink(join(here, 'node_modules'), join(root, 'node_modules'));
  const path = join(root, 'build/core/contract.js');
  let text = await readFile(path, 'utf8');
  for (const { from, to } of steps) {
    const changed = text.replace(from, to);
    assert.notEqual(changed, text, `the contract has no ${String(from)}`);
    text = changed;
  }
  await writeFile(path, text);
  await bundle(root);
  return join(root, 'bin/gexlake.js');
}

/** The release that knew version 1 of the contract and no other. */
export async function firstRelease(root: string): Promise<string> {
  return release(root, [
    { from: "contractVersion = '2'", to: "contractVersion = '1'" },
    { from: "['2', second],", to: '' },
  ]);
}

/**
 * The next release, which has a scalar `added` and a number `weight` of the ladder more. The steps are those of ARCHITECTURE.md under
 * "How to add": a column.
 */
export async function nextRelease(root: string): Promise<string> {
  const third = `
const third = {
    ...second,
    scalars: { ...second.scalars, gex: [...second.scalars.gex, { name: 'added', type: 'DOUBLE' }] },
    ladders: { ...second.ladders, gex: { ...second.ladders.gex, trailing: ['weight'] } },
};
export const contracts`;
  return release(root, [
    { from: /(one_cvroflow)('\)\.split)/, to: '$1 added weight$2' },
    { from: '\nexport const contracts', to: third },
    { from: "['2', second],", to: "['2', second],\n    ['3', third]," },
    { from: "contractVersion = '2'", to: "contractVersion = '3'" },
  ]);
}
