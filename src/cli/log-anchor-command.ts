import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { allowFaults, type AnchorReport, type AskedAnchor } from '../app/app.ts';
import { GexlakeError } from '../core/errors.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { say, writeData, writeJson } from './output.ts';

type AnchorOptions = CommonOptions & {
  readonly file?: string;
  readonly rfc3161?: string;
  readonly witness?: string;
  readonly witnessKey?: string;
};

export function anchorCommand(): Command {
  return makeCommand('anchor', 'take the root of the journal off this machine, and nothing else', [
    'log anchor --file ../notes/checkpoint',
    'log anchor --rfc3161 https://timestamp.example.com/tsr',
    'log anchor --witness https://gexlake.example.com/witness',
  ])
    .addOption(new Option('--file <path>', 'write the checkpoint into this file').conflicts(['rfc3161', 'witness']))
    .addOption(new Option('--rfc3161 <url>', 'have a time-stamp authority sign it').conflicts('witness'))
    .option('--witness <url>', 'have a witness sign it, such as another gexlake serve')
    .option('--witness-key <key>', 'the public key of the witness (name+hash+base64), to check its signature')
    .action(async (_own: unknown, command: Command) => {
      const options = command.optsWithGlobals<AnchorOptions>();
      const asked = askedOf(options);
      allowFaults();
      const report = await (await openApp(options)).anchorLog(asked);
      if (options.json === true) writeJson(report);
      else print(report);
    });
}

function askedOf({ file, rfc3161, witness, witnessKey }: AnchorOptions): AskedAnchor {
  if (file !== undefined) return { kind: 'file', path: resolve(file) };
  if (rfc3161 !== undefined) return { kind: 'rfc3161', url: rfc3161 };
  if (witness !== undefined) return { kind: 'witness', url: witness, key: witnessKey ?? null };
  throw new GexlakeError('USAGE', 'nobody is named who gets the checkpoint', {
    hint: 'Give --file, --rfc3161 or --witness.',
  });
}

function print({ size, root, to, kept, at, unchecked }: AnchorReport): void {
  writeData(`${size} entries, root ${root}`);
  say(`given to ${to}${at === null ? '' : ` at ${at}`}; kept as ${kept}`);
  if (unchecked !== null) say(`nobody has checked ${unchecked}`);
}
