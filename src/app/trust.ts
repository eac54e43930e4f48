import { GexlakeError } from '../core/errors.ts';
import type { Note } from '../core/problem.ts';
import type { Ask } from '../maintenance/maintenance.ts';
import {
  anchorLog,
  currentSigner,
  formatCosigner,
  makeWitnessKey,
  newKey,
  parseCosigner,
  parseVerifier,
  readSignerFile,
  restartLog,
  rotateKey,
  showEntries,
  showEntry,
  showKey,
  verifierOf,
  verifyLog,
  Witness,
  type AnchorReport,
  type AskedEntries,
  type AskedLog,
  type KeyReport,
  type LogReport,
  type RestartReport,
  type ShownEntry,
  type WholeEntry,
  type WitnessAnswer,
} from '../trust/trust.ts';
import { journalNotes } from '../verify/verify.ts';
import type { AppContext, OnGoverned } from './context.ts';

/** Who gets a checkpoint. */
export type AskedAnchor =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'rfc3161'; readonly url: string }
  | { readonly kind: 'witness'; readonly url: string; readonly key: string | null };

/** What lets others trust the journal of the job log. */
export type AppTrust = {
  /** All of the journal, held against itself, the log, its checkpoint, and what was noted elsewhere; changes nothing. */
  readonly verifyLog: (asked: AskedLog, onProgress: OnGoverned) => Promise<LogReport>;
  readonly logEntries: (asked: AskedEntries) => Promise<readonly ShownEntry[]>;
  /** Null where there is none of that number. */
  readonly logEntry: (seq: number) => Promise<WholeEntry | null>;
  /** What is not claimed any more, because the journal was begun anew. */
  readonly logNotes: () => Promise<readonly Note[]>;
  /** The keys that the journal names, and whether the private one is here. */
  readonly logKey: () => Promise<KeyReport>;
  readonly newLogKey: () => Promise<KeyReport>;
  readonly rotateLogKey: () => Promise<KeyReport>;
  /** Makes the key of a witness in the file that the settings name. @throws USAGE where they name none */
  readonly newWitnessKey: (name: string) => Promise<{ readonly key: string; readonly file: string }>;
  /** Gives the journal's checkpoint to somebody outside. */
  readonly anchorLog: (to: AskedAnchor) => Promise<AnchorReport>;
  /** Answers requests of other journals as their witness; null where the settings name no key. @throws LOG_KEY_INVALID */
  readonly openWitness: () => Promise<((body: string) => Promise<WitnessAnswer>) | null>;
  /** Begins a new journal, or only plans it. */
  readonly restartLog: (ask: Ask, reason: string, onProgress: OnGoverned) => Promise<RestartReport>;
};

export function trust({ clock, folder, governing, quietly, keys, ours, policy, ready, witness }: AppContext): AppTrust {
  return {
    verifyLog: (asked, onProgress) => verifyLog(governing(onProgress), asked),
    logEntries: (asked) => showEntries(quietly, asked),
    logEntry: (seq) => showEntry(quietly, seq),
    logNotes: () => journalNotes(quietly),
    logKey: () => showKey(quietly, keys),
    newLogKey: async () => {
      await ready();
      return newKey(quietly, keys);
    },
    rotateLogKey: async () => {
      await ready();
      return rotateKey(quietly, keys);
    },
    newWitnessKey: async (name) => {
      if (witness.key_file === null)
        throw new GexlakeError('USAGE', 'no file is named for the key of a witness', {
          hint: 'Name one by GEXLAKE_WITNESS_KEY_FILE or witness_key_file.',
        });
      const signer = await makeWitnessKey(witness.key_file, name, folder.root);
      return { key: formatCosigner(verifierOf(signer)), file: witness.key_file };
    },
    anchorLog: async (to) => {
      await ready();
      const signer = await currentSigner(quietly, keys);
      const asked = to.kind === 'witness' ? { ...to, key: to.key === null ? null : parseCosigner(to.key) } : to;
      return anchorLog(quietly, asked, { policy, signers: signer === null ? [] : [signer] });
    },
    openWitness: async () => {
      if (witness.key_file === null) return null;
      const signer = await readSignerFile(witness.key_file, folder.root);
      if (signer === null)
        throw new GexlakeError('LOG_KEY_INVALID', `there is no key file ${witness.key_file}`, {
          details: { path: witness.key_file },
          hint: '`gexlake log key witness <name>` makes it.',
        });
      const logs = witness.logs.map((text) => parseVerifier(text));
      const opened = new Witness({ folder: folder.witnessed, signer, logs, now_ms: () => clock.now_ms() });
      return (body) => opened.add(body);
    },
    restartLog: async (ask, reason, onProgress) => {
      await ours();
      return restartLog(governing(onProgress), ask, reason);
    },
  };
}
